import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { TransportClient } from '../../contract/transport.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { httpClient } from '../transport/http-client.ts';
import { natsClient } from '../transport/nats-client.ts';
import { webSocketClient } from '../transport/web-socket-client.ts';
import { badInputs, command, prototypeWords, type BadInput } from './bad-inputs.ts';

/** Asserted loosely, for machines that do other things too; what the slowest took is printed. */
const mostMs = 1000;

/** As pino numbers them. */
const errorLevel = 50;

const tooLarge = command('session.get_list', { more: 'x'.repeat(1024 * 1024) });

let broker: BrokerProcess;
let watcher: NatsCaller;
let peer: WrtcPeer;
let neighbour: string;

before(async () => {
  broker = await BrokerProcess.start();
  watcher = await NatsCaller.connect(broker.ports['nats'] ?? 0);
  peer = new WrtcPeer();
  neighbour = await call(peer);
});

after(async () => {
  peer[Symbol.dispose]();
  await watcher[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

/** Makes an echo of the peer; returns once its media flows and all has been said about that. */
async function call(one: WrtcPeer): Promise<string> {
  const offer = { sdp: await one.wholeOffer() };
  const reply = await watcher.command('session.create', { type: 'echo', wait_reply: true, offer });
  const session_id = textOf(reply, 'session_id');
  await one.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  await eventually('pictures and a tone', 15_000, () => one.frames > 10 && one.loudness > 1000);
  await eventually('media is said to flow', 5000, () => {
    return watcher.eventsOf(session_id).filter(({ type }) => type === 'status').length >= 3;
  });
  return session_id;
}

const doors: Readonly<Record<string, () => Promise<TransportClient>>> = {
  NATS: () => natsClient(`127.0.0.1:${broker.ports['nats'] ?? 0}`),
  WebSocket: async () => {
    const client = await webSocketClient(`ws://127.0.0.1:${broker.ports['commands'] ?? 0}/`);
    await client.request(JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', tid: 1 }));
    return client;
  },
  HTTP: () => Promise.resolve(httpClient(broker.ports['http'] ?? 0)),
};

/** How long it took, in milliseconds. */
async function assertRefused(client: TransportClient, { text, error, field }: BadInput): Promise<number> {
  const asked = performance.now();
  const reply = fieldsOf(await client.request(text));
  const tookMs = performance.now() - asked;

  const fault = fieldsOf(reply['data']);
  const words = JSON.stringify([fault['error'], fault['hint']]);
  assert.equal(reply['result'], 'error');
  assert.equal(fault['name'], error, words);
  assert.equal(typeof fault['code'], 'number');
  assert.match(words, field);
  assert.ok(tookMs < mostMs, `${tookMs} ms`);
  return tookMs;
}

/** Runs `work`; meanwhile the neighbour's picture goes on and nothing is told of it, and nothing is logged as broken. */
async function besideTheNeighbour(work: () => Promise<void>): Promise<void> {
  const told = watcher.eventsOf(neighbour).length;
  const { frames } = peer;

  await work();

  await eventually('the neighbour sees itself', 5000, () => peer.frames > frames + 10);
  assert.deepEqual(watcher.eventsOf(neighbour).slice(told), []);
  assert.deepEqual(
    broker.log.filter(({ level }) => Number(level) >= errorLevel),
    [],
  );
}

for (const [door, open] of Object.entries(doors)) {
  test(`over ${door} what cannot be done is refused with a code and a field, and hurts nobody`, async (t) => {
    await besideTheNeighbour(async () => {
      const times: number[] = [];
      for (const input of badInputs) {
        await t.test(input.name, async () => {
          await using client = await open();
          times.push(await assertRefused(client, input));
        });
      }
      t.diagnostic(`${badInputs.length} inputs, the slowest took ${Math.max(...times).toFixed(0)} ms`);
    });
    assert.deepEqual(await watcher.ask('session.get_list', {}), {
      result: 'ok',
      data: [{ session_id: neighbour }],
    });
  });
}

test('over 1 MiB: HTTP answers, the WebSocket closes with 1009, NATS refuses', async () => {
  await besideTheNeighbour(async () => {
    await using http = httpClient(broker.ports['http'] ?? 0);
    const name = 'larger than 1 MiB';
    await assertRefused(http, { name, text: tooLarge, error: 'syntax_error', field: /request is larger/ });

    await using socket = await webSocketClient(`ws://127.0.0.1:${broker.ports['commands'] ?? 0}/`);
    await assert.rejects(socket.request(tooLarge), /closed with 1009/);

    await using nats = await natsClient(`127.0.0.1:${broker.ports['nats'] ?? 0}`);
    await assert.rejects(nats.request(tooLarge), { code: 'MAX_PAYLOAD_EXCEEDED' });
    assert.match(
      await typedToNats(`PUB media.cmd ${tooLarge.length}\r\n${tooLarge}\r\n`),
      /-ERR 'Maximum Payload/,
    );
  });
});

/** What the bus says to `text` before it closes the connection. */
async function typedToNats(text: string): Promise<string> {
  const socket = connect(broker.ports['nats'] ?? 0, '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (more: string) => (said += more));
  socket.on('error', () => undefined);
  socket.write(`CONNECT {"verbose":false}\r\n${text}`);
  await eventually('the bus closes the connection', 5000, () => socket.closed);
  return said;
}

test('ten messages in a row that are no requests close a WebSocket with 1008', async () => {
  await besideTheNeighbour(async () => {
    await using client = await webSocketClient(`ws://127.0.0.1:${broker.ports['commands'] ?? 0}/`);
    for (let count = 1; count < 10; count += 1) await client.request('hello');

    await assert.rejects(client.request('hello'), /closed with 1008/);
  });
});

test('names of prototypes are ids like any other', async () => {
  await besideTheNeighbour(async () => {
    const offer = { sdp: 'v=0\r\n' };
    for (const session_id of prototypeWords)
      await watcher.command('session.create', { type: 'p2p', session_id, offer });
    const infos = await Promise.all(
      prototypeWords.map((session_id) => watcher.command('session.get_info', { session_id })),
    );
    for (const session_id of prototypeWords) await watcher.command('session.destroy', { session_id });

    assert.deepEqual(
      infos.map((info) => info['session_id']),
      prototypeWords,
    );
    for (const session_id of prototypeWords) {
      await eventually('destroyed', 5000, () => watcher.eventsOf(session_id).at(-1)?.type === 'destroyed');
      assert.deepEqual(
        watcher.eventsOf(session_id).map(({ seq }) => seq),
        [1, 2],
      );
    }
  });
});

test('an offer that is refused is refused in the reply, and its session ends with the same words', async () => {
  await besideTheNeighbour(async () => {
    const session_id = 'refused-offer';
    const offer = { sdp: 'hello' };
    const reply = await watcher.ask('session.create', { type: 'echo', session_id, offer });

    await eventually('destroyed', 5000, () => watcher.eventsOf(session_id).at(-1)?.type === 'destroyed');
    const { code, name, hint } = watcher.eventsOf(session_id).at(-1)?.body ?? {};
    assert.deepEqual(reply['data'], { code: 309005, error: 'Invalid SDP', name: 'invalid_sdp', hint });
    assert.deepEqual({ code, name }, { code: 309005, name: 'invalid_sdp' });
    assert.match(String(hint), /data\.offer\.sdp: .*SDP/);
  });
});
