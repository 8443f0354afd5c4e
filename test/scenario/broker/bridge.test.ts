import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

const offer = { sdp: 'v=0 caller' };
const answer = { sdp: 'v=0 callee' };

interface Scene {
  readonly broker: TestBroker;
  readonly caller: FakeCaller;
  readonly callee: FakeCaller;
  /** Creates a session of that id for one of them. */
  readonly make: (who: FakeCaller, session_id: string, data: object) => Promise<string>;
  readonly info: (session_id: string) => Promise<Record<string, unknown>>;
}

/** A proxy `a` of the caller; bridges are made by each test. */
async function ringing(proxy: object = {}): Promise<Scene> {
  const broker = new TestBroker();
  const [caller, callee] = [new FakeCaller(undefined, 'caller'), new FakeCaller(undefined, 'callee')];
  const make: Scene['make'] = async (who, session_id, data) => {
    const reply = await broker.ask(who, 'create', { session_id, ...data });
    return reply.result === 'ok' ? 'ok' : errorOf(reply);
  };
  const info: Scene['info'] = async (session_id) =>
    dataOf(await broker.ask(caller, 'get_info', { session_id }));
  assert.equal(await make(caller, 'a', { type: 'proxy', offer, wait_reply: true, ...proxy }), 'ok');
  await broker.pass();
  return { broker, caller, callee, make, info };
}

const bridge = { type: 'bridge', peer_id: 'a' };

test('a bridge answers its proxy, and both tell what they are (nkmedia-api.md B3)', async () => {
  const { broker, caller, callee, make, info } = await ringing();
  const waiting = broker.ask(caller, 'get_answer', { session_id: 'a' });
  await make(callee, 'b', { ...bridge, master_id: 'a', wait_reply: true });
  await broker.pass(59_000);

  assert.equal((await broker.ask(callee, 'set_answer', { session_id: 'b', answer })).result, 'ok');
  const told = { ...answer, sdp_type: 'webrtc', trickle_ice: false };
  assert.deepEqual((await broker.ask(callee, 'get_answer', { session_id: 'b' })).data, {
    ...told,
    answer: told,
  });
  await broker.pass();

  assert.equal(dataOf(await waiting)['sdp'], 'v=0 fake answer');
  assert.deepEqual(typesOf(caller), ['created', 'type', 'answer', 'type']);
  assert.deepEqual(typesOf(callee), ['created', 'offer', 'type', 'answer']);
  const master = { peer_id: 'b', role: 'master', proxy_type: 'videocall' };
  assert.deepEqual(caller.events.at(-1)?.body, { type: 'bridge', ...master });
  const { type, type_ext, slave_id, peer_id } = await info('a');
  assert.deepEqual(
    { type, type_ext, slave_id, peer_id },
    {
      type: 'bridge',
      type_ext: master,
      slave_id: 'b',
      peer_id: 'b',
    },
  );
  assert.deepEqual((await info('b'))['type_ext'], { peer_id: 'a', role: 'slave', proxy_type: 'videocall' });
});

test('of several bridges the first answer wins, and a loser stays usable and leaves without harm', async () => {
  const { broker, caller, callee, make, info } = await ringing();
  for (const id of ['b', 'c', 'd']) await make(callee, id, { ...bridge, master_id: 'a' });
  const replies = [];
  for (const session_id of ['b', 'c'])
    replies.push(await broker.ask(callee, 'set_answer', { session_id, answer }));

  assert.deepEqual(
    replies.map((reply) => (reply.result === 'ok' ? 'ok' : errorOf(reply))),
    ['ok', 'already_answered'],
  );
  assert.equal((await info('c'))['answer'], undefined);
  for (const session_id of ['c', 'd']) await broker.ask(callee, 'destroy', { session_id });
  assert.deepEqual(broker.sessions.ids(), ['a', 'b']);
  await broker.ask(callee, 'destroy', { session_id: 'b' });
  await broker.pass();

  assert.deepEqual(caller.events.at(-1)?.body, {
    code: 300021,
    reason: 'Peer session stopped',
    name: 'peer_stopped',
  });
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  assert.equal(broker.clock.pending, 0);
});

test('what a bridge cannot be made of is refused at once, in both reply modes', async () => {
  const { broker, callee, make } = await ringing();
  await make(callee, 'echo', { type: 'echo', offer });
  await make(callee, 'b', bridge);
  await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
  await broker.pass();
  await make(callee, 'held', {
    type: 'proxy',
    offer: { ...offer, trickle_ice: true },
    no_offer_trickle_ice: true,
  });
  const refusals: [object, string][] = [
    [{ type: 'bridge' }, 'invalid_operation'],
    [{ ...bridge, offer }, 'invalid_operation'],
    [{ ...bridge, peer_id: 'nobody' }, 'session_not_found'],
    [{ ...bridge, peer_id: 'echo' }, 'incompatible_session'],
    [bridge, 'incompatible_session'],
    [{ ...bridge, peer_id: 'held' }, 'offer_not_set'],
    [{ type: 'proxy' }, 'invalid_operation'],
    [{ type: 'proxy', offer: { ...offer, sdp_type: 'rtp' }, sdp_type: 'rtp' }, 'invalid_parameters'],
    [{ type: 'listen' }, 'missing_field'],
    [{ type: 'listen', publisher_id: 'echo' }, 'invalid_publisher'],
    [{ type: 'listen', publisher_id: 'nobody' }, 'invalid_publisher'],
    [{ type: 'park' }, 'invalid_operation'],
    [{ type: 'p2p', offer, peer_id: 'nobody' }, 'session_not_found'],
  ];

  for (const wait_reply of [true, false]) {
    for (const [data, name] of refusals)
      assert.equal(await make(callee, 'x', { ...data, wait_reply }), name, JSON.stringify(data));
  }
  assert.deepEqual(broker.sessions.ids(), ['a', 'echo', 'b', 'held']);
});

test("a stranger's proxy is not found", async () => {
  const { make } = await ringing();
  const stranger = new FakeCaller({ tenant: 'other', user: 'eve', grants: ['*'] }, 'stranger');

  assert.equal(await make(stranger, 'b', bridge), 'session_not_found');
});

test('a proxy takes no answer from its own client, and lives until wait_timeout', async () => {
  const { broker, caller } = await ringing();
  const waiting = broker.ask(caller, 'get_answer', { session_id: 'a' });

  const direct = await broker.ask(caller, 'set_answer', { session_id: 'a', answer });
  await broker.pass(59_999);
  assert.deepEqual(broker.sessions.ids(), ['a']);
  await broker.pass(1);

  assert.equal(errorOf(direct), 'invalid_operation');
  assert.equal(errorOf(await waiting), 'session_timeout');
});

test('candidates of a caller are kept however long it rings', async () => {
  const { broker, caller, callee, make } = await ringing({ offer: { ...offer, trickle_ice: true } });
  const line = 'candidate:1 1 udp 1 192.0.2.1 9 typ host';
  await broker.ask(caller, 'set_candidate', { session_id: 'a', sdpMLineIndex: 0, candidate: line });
  await make(callee, 'b', bridge);
  await broker.pass(55_000);

  await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
  await broker.pass();

  assert.deepEqual(broker.backend.legs[0]?.asked, [
    { type: 'add_candidate', candidate: { sdpMLineIndex: 0, candidate: line } },
  ]);
});

for (const isRefused of [false, true]) {
  const what = isRefused ? 'taken back if it refuses' : 'applied when the bridge forms';
  test(`what is changed on an unanswered proxy shows at once, and is ${what}`, async () => {
    const { broker, caller, callee, make, info } = await ringing();
    await broker.ask(caller, 'update_media', { session_id: 'a', mute_audio: true, bitrate: 64_000 });
    const [leg] = broker.backend.legs;
    assert.deepEqual([(await info('a'))['mute_audio'], leg?.asked], [true, []]);
    if (leg !== undefined && isRefused) leg.failure = new MediaError('janus_error');

    await make(callee, 'b', bridge);
    await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
    await broker.pass();

    assert.deepEqual(leg?.asked, [{ type: 'update', media: { muteAudio: true, bitsPerSecond: 64_000 } }]);
    const { mute_audio, bitrate } = await info('a');
    assert.deepEqual([mute_audio, bitrate], isRefused ? [false, 0] : [true, 64_000]);
    assert.equal(typesOf(caller).filter((type) => type === 'status').length, isRefused ? 2 : 1);
  });
}

const gateways: [string, object, string, string][] = [
  ['from_sip', { offer: { ...offer, sdp_type: 'rtp' } }, 'rtp', 'webrtc'],
  ['to_sip', { sdp_type: 'rtp' }, 'webrtc', 'rtp'],
];

for (const [proxyType, proxy, answered, offered] of gateways) {
  test(`${proxyType}: descriptions say which are plain RTP, and media cannot be changed on either side`, async () => {
    const { broker, caller, callee, make, info } = await ringing(proxy);
    assert.equal(await make(callee, 'm', { ...bridge, mute_audio: false }), 'invalid_operation');
    assert.equal(
      await make(callee, 'm', { type: 'proxy', offer, ...proxy, bitrate: 0 }),
      'invalid_operation',
    );
    await make(callee, 'b', bridge);
    const before = await broker.ask(caller, 'update_media', { session_id: 'a', mute_audio: true });
    await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
    await broker.pass();

    const kind = (words: Record<string, unknown>, key: string): unknown =>
      new Map(Object.entries(words[key] ?? {})).get('sdp_type');
    assert.deepEqual([kind(await info('a'), 'answer'), kind(await info('b'), 'offer')], [answered, offered]);
    const later = [];
    for (const session_id of ['a', 'b']) later.push(await broker.ask(caller, 'update_media', { session_id }));
    assert.deepEqual([before, ...later].map(errorOf), Array(3).fill('invalid_operation'));
  });
}

test('without a link either end of a bridge ends the other as bridge_stop', async () => {
  for (const [first, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const { broker, caller, callee, make } = await ringing();
    await make(callee, 'b', bridge);
    await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
    await broker.pass();

    await broker.ask(caller, 'destroy', { session_id: first });
    await broker.pass();

    const events = [...caller.events, ...callee.events].filter(({ type }) => type === 'destroyed');
    const reasons = events.map(({ obj_id, body }) => `${obj_id} ${String(Reflect.get(body, 'name'))}`);
    assert.deepEqual(reasons.sort(), [`${first} user_stop`, `${other} bridge_stop`].sort());
  }
});

test('a caller that does not stop after its peer is parked, and can be ended', async () => {
  const { broker, caller, callee, make, info } = await ringing({ stop_after_peer: false });
  await make(callee, 'b', { ...bridge, master_id: 'a' });
  await broker.ask(callee, 'set_answer', { session_id: 'b', answer });
  await broker.pass();

  await broker.ask(callee, 'destroy', { session_id: 'b' });
  await broker.pass();

  const { type, type_ext, slave_id } = await info('a');
  assert.deepEqual({ type, type_ext, slave_id }, { type: 'park', type_ext: {}, slave_id: undefined });
  assert.deepEqual(caller.events.at(-1)?.body, { type: 'park' });
  const back = await broker.ask(caller, 'set_type', { session_id: 'a', type: 'echo' });
  assert.equal(errorOf(back), 'not_implemented');
  assert.ok('hint' in back.data && back.data.hint === 'a proxy that lost its other end stays park');
  assert.equal(await make(callee, 'c', bridge), 'incompatible_session');
});

test('the end of an unanswered proxy ends the bridges that ring on it', async () => {
  const { broker, caller, callee, make } = await ringing();
  await make(callee, 'b', bridge);

  await broker.ask(caller, 'destroy', { session_id: 'a' });
  await broker.pass();

  assert.equal(Reflect.get(callee.events.at(-1)?.body ?? {}, 'name'), 'bridge_stop');
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
});
