import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startNatsServer, withNatsServer, type NatsServer } from '../../support/nats-server.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { webSocketClient } from '../transport/web-socket-client.ts';

const outageMs = 10_000;

/** How soon after the server the broker has to be back. */
const mostReturnMs = 5000;

const ping = '{"class":"core","cmd":"ping"}';

/** A broker on a nats-server, and a call whose media flows. */
interface Scene {
  readonly server: NatsServer;
  readonly broker: BrokerProcess;
  readonly caller: NatsCaller;
  readonly peer: WrtcPeer;
  readonly session_id: string;
}

async function call(caller: NatsCaller, peer: WrtcPeer): Promise<string> {
  const offer = { sdp: await peer.wholeOffer() };
  const reply = await caller.command('session.create', { type: 'echo', wait_reply: true, offer });
  await peer.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  await eventually('pictures and a tone', 15_000, () => peer.frames > 10 && peer.loudness > 1000);
  return textOf(reply, 'session_id');
}

/** A session that nobody calls, made under a request id. */
function createTagged(caller: NatsCaller, requestId: string): Promise<Fields> {
  const data = { type: 'p2p', offer: { sdp: 'v=0\r\n' } };
  return caller.command('session.create', data, requestId);
}

/** Sessions by their ids. */
async function listed(caller: NatsCaller): Promise<readonly string[]> {
  const { data } = await caller.ask('session.get_list', {});
  assert.ok(Array.isArray(data));
  return data.map((entry: unknown) => textOf(fieldsOf(entry), 'session_id'));
}

/** All events of a session that the broker kept after number `after_seq`. */
async function keptEvents(caller: NatsCaller, obj_id: string, after_seq: number): Promise<readonly Fields[]> {
  const about = { class: 'media', subclass: 'session', obj_id, after_seq };
  const { events } = await caller.command('core.event.subscribe', about);
  assert.ok(Array.isArray(events));
  return events.map(fieldsOf);
}

/** While there is no NATS: the media goes on, and so do commands over the WebSocket. */
async function liveThrough({ server, broker, peer, session_id }: Scene): Promise<void> {
  await using socket = await webSocketClient(`ws://127.0.0.1:${broker.ports['commands'] ?? 0}/`);
  await socket.request(JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', tid: 1 }));
  await server.stop();
  const downAt = performance.now();
  for (const [tid, mute_audio] of [true, false].entries()) {
    const data = { session_id, mute_audio };
    const update = { class: 'media', subclass: 'session', cmd: 'update_media', tid: tid + 2, data };
    assert.equal(fieldsOf(await socket.request(JSON.stringify(update)))['result'], 'ok');
  }
  while (performance.now() - downAt < outageMs) {
    const { frames } = peer;
    await delay(1000);
    assert.ok(peer.frames > frames, 'pictures come without NATS');
  }
  await server.start();
}

async function untilBack({ broker, caller }: Scene, t: TestContext): Promise<void> {
  const upAt = performance.now();
  await eventually('the broker answers over NATS', mostReturnMs, async () => {
    const reply = await caller.connection.request('media.cmd', ping, { timeout: 300 });
    return fieldsOf(reply.json())['result'] === 'ok';
  });
  t.diagnostic(`back ${(performance.now() - upAt).toFixed(0)} ms after the server`);
  await eventually('the broker says so', 1000, () => {
    return broker.log.some(({ msg, reconnects }) => msg === 'NATS is connected' && reconnects === 1);
  });
}

test(
  '10 s without NATS cost no session, no media and no event, and no command happens twice',
  withNatsServer(),
  async (t) => {
    await using server = await startNatsServer();
    await using broker = await BrokerProcess.start({ NATS_URL: server.url });
    await using caller = await NatsCaller.connect(server.port);
    using peer = new WrtcPeer();
    const session_id = await call(caller, peer);
    const scene = { server, broker, caller, peer, session_id };
    const first = await createTagged(caller, 'before the outage');
    await eventually('its event', 5000, () => caller.eventsOf(textOf(first, 'session_id')).length > 0);
    const heard = caller.eventsOf(session_id).length;

    const outage = liveThrough(scene);
    await eventually('the outage', 5000, () => broker.log.some(isDown));
    const unanswered = createTagged(caller, 'during the outage').catch((cause: unknown) => cause);
    await outage;
    await untilBack(scene, t);
    await unanswered;

    const again = await createTagged(caller, 'before the outage');
    const others = [
      await createTagged(caller, 'during the outage'),
      await createTagged(caller, 'during the outage'),
    ];
    assert.deepEqual(again, first);
    assert.deepEqual(others[1], others[0]);
    assert.deepEqual(
      new Set(await listed(caller)),
      new Set([session_id, ...[first, ...others].map((reply) => textOf(reply, 'session_id'))]),
    );
    await assertNothingMissed(scene, heard);
  },
);

function isDown({ msg }: Readonly<Record<string, unknown>>): boolean {
  return msg === 'NATS is disconnected';
}

/** Of the session's events, `heard` came before the outage; those of it are kept, and the next ones are heard again. */
async function assertNothingMissed({ caller, peer, session_id }: Scene, heard: number): Promise<void> {
  const missed = await keptEvents(caller, session_id, heard);
  assert.deepEqual(
    missed.slice(0, 2).map(({ type, body }) => [type, fieldsOf(body)['mute_audio']]),
    [
      ['status', true],
      ['status', false],
    ],
  );
  await caller.command('session.update_media', { session_id, mute_data: true });
  await eventually('an event over NATS', 5000, () => caller.eventsOf(session_id).length > heard);
  const { frames } = peer;
  await eventually('pictures come', 5000, () => peer.frames > frames + 10);
  await caller.command('session.destroy', { session_id });
  await eventually('destroyed', 5000, () => caller.eventsOf(session_id).at(-1)?.type === 'destroyed');

  const all = await keptEvents(caller, session_id, 0);
  assert.deepEqual(
    all.map(({ seq }) => seq),
    all.map((_, index) => index + 1),
  );
  const numbers = [
    ...caller.eventsOf(session_id).map(({ seq }) => seq),
    ...missed.map(({ seq }) => Number(seq)),
  ];
  assert.deepEqual(
    [...new Set(numbers)].toSorted((one, other) => one - other),
    all.map(({ seq }) => seq),
  );
}
