import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { WebSocket, type ClientOptions } from 'ws';
import { createLog, Scope, systemClock, systemRandom } from '#services/kernel';
import {
  HttpTransport,
  Turns,
  WebSocketTransport,
  type WebSocketTransportOptions,
} from '#services/transport';
import type { EventEnvelope } from '#services/broker';
import { RecordingServe } from '../../support/recording-serve.ts';
import { answerTo } from './http-client.ts';
import { until } from './surroundings.ts';
import { webSocketClient } from './web-socket-client.ts';

const turns = new Turns(systemClock);
const parts = { clock: systemClock, random: systemRandom, log: createLog('error', {}), turns };
const command = JSON.stringify({ class: 'media', subclass: 'session', cmd: 'get_list', tid: 1 });

interface Stage extends AsyncDisposable {
  readonly transport: WebSocketTransport;
  readonly broker: RecordingServe;
  readonly port: number;
  readonly url: string;
}

async function start(options: Partial<WebSocketTransportOptions> = {}): Promise<Stage> {
  const transport = new WebSocketTransport(parts, { address: '127.0.0.1', port: 0, ...options });
  const broker = new RecordingServe();
  await transport.listen(broker.serve);
  const port = transport.port ?? 0;
  const dispose = (): Promise<void> => transport[Symbol.asyncDispose]();
  return { transport, broker, port, url: `ws://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
}

/** The status with which a server refuses to upgrade, or 101 if it does not. */
function upgradeStatus(url: string, options: ClientOptions = {}): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, options);
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (sent, response) => {
      sent.destroy();
      resolve(response.statusCode);
    });
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

test('a message over 1 MiB closes with 1009', async () => {
  await using stage = await start();
  await using client = await webSocketClient(stage.url);

  const sent = client.request('x'.repeat(1024 * 1024 + 1));

  await assert.rejects(sent, /closed with 1009/);
  assert.equal(stage.broker.requests.length, 0);
});

test('messages are not compressed, whatever the client offers', async () => {
  await using stage = await start();
  const socket = new WebSocket(stage.url, { perMessageDeflate: true });
  await once(socket, 'open');

  assert.equal(socket.extensions, '');
  socket.terminate();
});

test('binary messages are taken as text', async () => {
  await using stage = await start();
  await using client = await webSocketClient(stage.url);

  assert.deepEqual(await client.request(Buffer.from(command)), {
    result: 'ok',
    tid: 1,
    data: { echo: null },
  });
});

test('pages of other origins are refused, our own and listed ones are not', async () => {
  await using stage = await start({ origins: ['https://app.example.org'] });
  const from = (origin: string, host?: string): Promise<number | undefined> =>
    upgradeStatus(stage.url, { origin, ...(host !== undefined && { headers: { host } }) });

  assert.equal(await from('http://evil.example'), 403);
  assert.equal(await from('http://evil.example', 'evil.example'), 403, 'a rebound name');
  assert.equal(await from(`http://127.0.0.1:${stage.port}`), 101);
  assert.equal(await from('https://app.example.org'), 101);
  assert.equal(await upgradeStatus(stage.url), 101);
});

test('connections are bounded', async () => {
  await using stage = await start({ mostConnections: 2 });
  await using first = await webSocketClient(stage.url);
  await using second = await webSocketClient(stage.url);

  assert.equal(await upgradeStatus(stage.url), 503);
  assert.equal(stage.transport.size, 2);
  second.vanish();
  await until(() => stage.transport.size === 1);

  assert.equal(await upgradeStatus(stage.url), 101);
  assert.equal(first.socket.readyState, WebSocket.OPEN);
});

test('a plain HTTP request is told what to do instead', async () => {
  await using stage = await start();
  const sent = request({ host: '127.0.0.1', port: stage.port, path: '/', agent: false });

  const response = await answerTo(sent, '');

  assert.equal(response.statusCode, 426);
  response.resume();
});

test('on the HTTP port only its own path is a WebSocket', async () => {
  await using scope = new Scope();
  const http = scope.own(new HttpTransport(parts, { address: '127.0.0.1', port: 0 }));
  const transport = scope.own(new WebSocketTransport(parts, { address: '127.0.0.1', port: 0 }));
  transport.attachTo(http, '/commands');
  const broker = new RecordingServe();
  await http.listen(broker.serve);
  const url = `ws://127.0.0.1:${http.port ?? 0}`;

  assert.equal(await upgradeStatus(`${url}/commands`), 503, 'not listening yet');
  await transport.listen(broker.serve);

  assert.equal(await upgradeStatus(`${url}/commands?x=1`), 101);
  assert.equal(await upgradeStatus(`${url}/elsewhere`), 404);
});

test('each connection is a caller of its own', async () => {
  await using stage = await start();
  await using first = await webSocketClient(stage.url);
  await using second = await webSocketClient(stage.url);

  await first.request(command);
  await second.request(command);

  const [a, b] = stage.broker.requests.map(({ caller }) => caller);
  assert.notEqual(a?.id, b?.id);
  assert.equal(a?.principal, undefined);
});

test('a caller is asked, and its answer comes back', async () => {
  await using stage = await start();
  await using client = await webSocketClient(stage.url);
  await client.request(command);

  const answer = stage.broker.last?.caller.ask('call.invite', { call_id: 'c' }, new AbortController().signal);
  await until(() => client.asked.length === 1);
  client.socket.send('{"result":"ok","tid":1,"data":{"retry":5}}');

  assert.deepEqual(await answer, { result: 'ok', data: { retry: 5 } });
});

test('a reply that takes over a second is announced', async () => {
  await using stage = await start();
  await using client = await webSocketClient(stage.url);
  const answer = stage.broker.hold();
  const reply = client.request(command);

  await until(() => client.acks.length === 1);
  answer({ result: 'ok', tid: 1, data: {} });

  assert.deepEqual(client.acks, [1]);
  assert.deepEqual(await reply, { result: 'ok', tid: 1 });
});

test('a client that does not read its events is closed with 1013 or cut', async () => {
  await using stage = await start();
  await using client = await webSocketClient(stage.url);
  await client.request(command);
  const caller = stage.broker.last?.caller;
  assert.ok(caller);
  const heard: string[] = [];
  caller.onGone(() => heard.push('gone'));

  client.socket.pause();
  for (let seq = 1; seq <= 200 && heard.length === 0; seq += 1) {
    caller.push({ ...event, seq, body: { sdp: 'x'.repeat(100_000) } });
  }

  assert.deepEqual(heard, ['gone']);
  await until(() => stage.transport.size === 0);
  client.vanish();
});

test('disposing says goodbye with 1001', async () => {
  const stage = await start();
  const socket = new WebSocket(stage.url);
  await once(socket, 'open');
  const codes: number[] = [];
  socket.on('close', (code) => codes.push(code));

  await stage[Symbol.asyncDispose]();

  await until(() => codes.length > 0);
  assert.deepEqual(codes, [1001]);
});

const event: EventEnvelope = {
  class: 'media',
  subclass: 'session',
  type: 'answer',
  obj_id: 'abcd1234-0',
  seq: 1,
  time: 5,
  node: 'abcd1234',
  body: {},
};
