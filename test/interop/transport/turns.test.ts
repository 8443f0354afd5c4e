import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from '#services/broker';
import { createLog, Scope, systemClock, systemRandom } from '#services/kernel';
import { DevBus, NatsTransport, Turns, WebSocketTransport } from '#services/transport';
import type { TransportClient } from '../../contract/transport.ts';
import { fieldsOf } from '../../support/fields.ts';
import { echo, RecordingServe } from '../../support/recording-serve.ts';
import { natsClient } from './nats-client.ts';
import { webSocketClient } from './web-socket-client.ts';

const burst = 12;
const anyPort = { address: '127.0.0.1', port: 0 };

/** Longer than a turn may serve. */
const tookMs = 6;

async function overWebSocket(scope: Scope, { serve }: RecordingServe): Promise<TransportClient> {
  const parts = { clock: systemClock, random: systemRandom, log: createLog('error', {}) };
  const turns = scope.own(new Turns(systemClock));
  const transport = scope.own(new WebSocketTransport({ ...parts, turns }, anyPort));
  await transport.listen(serve);
  return scope.own(await webSocketClient(`ws://127.0.0.1:${transport.port ?? 0}`));
}

async function overNats(scope: Scope, { serve }: RecordingServe): Promise<TransportClient> {
  const turns = scope.own(new Turns(systemClock));
  const parts = { clock: systemClock, random: systemRandom, log: createLog('silent', {}), turns };
  const bus = scope.own(new DevBus(parts, anyPort));
  await bus.listen();
  const readNode = (): { sessions: number; load: number; draining: boolean } => ({
    sessions: 0,
    load: 0,
    draining: false,
  });
  const options = { url: bus.url, node: 'abcd1234', version: '1.2.3' };
  const transport = scope.own(new NatsTransport({ ...parts, readNode, onClosed: () => undefined }, options));
  await transport.listen(serve);
  return scope.own(await natsClient(bus.url));
}

for (const { name, open } of [
  { name: 'websocket', open: overWebSocket },
  { name: 'nats', open: overNats },
])
  test(`${name}: a burst of slow requests lets timers come in between, and keeps its order`, async () => {
    await using scope = new Scope();
    const broker = new RecordingServe();
    const client = await open(scope, broker);
    let turn = 0;
    const ticking = setInterval(() => (turn += 1), 1);
    scope.defer(() => clearInterval(ticking));
    const servedIn: number[] = [];
    broker.answer = (request) => {
      servedIn.push(turn);
      const until = performance.now() + tookMs;
      while (performance.now() < until);
      return echo(request);
    };

    const commands = Array.from({ length: burst }, (_, tid) =>
      JSON.stringify({ class: 'media', cmd: 'echo', tid, data: {} }),
    );
    await Promise.all(commands.map((command) => client.request(command)));

    assert.deepEqual(broker.requests.map(tidOf), Array.from(commands.keys()));
    assert.equal(new Set(servedIn).size, burst);
  });

function tidOf({ body }: Request): unknown {
  return fieldsOf(body).get('tid');
}
