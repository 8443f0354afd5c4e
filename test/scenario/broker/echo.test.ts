import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

const offer = { sdp: 'v=0 offer' };

test('an echo session from create to destroyed (nkmedia-api.md B1)', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  const reply = await broker.ask(caller, 'create', {
    type: 'echo',
    wait_reply: true,
    mute_audio: true,
    offer,
  });
  const { session_id, answer } = dataOf(reply);
  const [leg] = broker.backend.legs;
  leg?.emit({ type: 'media_up' });
  leg?.emit({ type: 'media', kind: 'audio', isFlowing: true });
  await broker.pass();
  assert.deepEqual(await broker.ask(caller, 'destroy', { session_id }), { result: 'ok', tid: 1, data: {} });
  await broker.pass();

  assert.match(String(session_id), /^node0001-[0-9a-f-]{36}$/);
  assert.deepEqual(answer, {
    sdp: 'v=0 fake answer',
    sdp_type: 'webrtc',
    trickle_ice: false,
    backend: 'nkmedia_janus',
  });
  assert.deepEqual(leg?.opened.media, {
    muteAudio: true,
    muteVideo: false,
    muteData: false,
    bitsPerSecond: 0,
  });
  assert.deepEqual(
    caller.events.map(({ seq, type, obj_id }) => [seq, type, obj_id]),
    ['created', 'answer', 'status', 'status', 'destroyed'].map((type, at) => [at + 1, type, session_id]),
  );
  assert.deepEqual(caller.events.at(-1)?.body, { code: 100011, reason: 'User stop', name: 'user_stop' });
  assert.equal(broker.clock.pending, 0);
  assert.equal(leg.isDisposed, true);
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
});

test('get_answer and get_offer answer in both shapes, before and after there is an answer', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  const session_id = 'mine';
  const created = broker.opening(caller, session_id, { offer });

  const early = broker.ask(caller, 'get_answer', { session_id });
  await broker.pass(20_000);
  broker.backend.legs[0]?.describe();
  const answer = {
    sdp: 'v=0 fake answer',
    sdp_type: 'webrtc',
    trickle_ice: false,
    backend: 'nkmedia_janus',
  };

  assert.deepEqual(dataOf(await created), { session_id });
  assert.deepEqual(dataOf(await early), { ...answer, answer });
  assert.deepEqual(dataOf(await broker.ask(caller, 'get_answer', { session_id })), { ...answer, answer });
  const full = { ...offer, sdp_type: 'webrtc', trickle_ice: false };
  assert.deepEqual(dataOf(await broker.ask(caller, 'get_offer', { session_id })), { ...full, offer: full });
});

test('what flows is changed at any moment, told once, and never stale', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller, { bitrate_kbps: 64 });
  await broker.pass();

  await broker.ask(caller, 'update_media', { session_id, mute_video: true, bitrate: '300000' });
  await broker.ask(caller, 'update_media', { session_id, mute_video: true });
  await broker.ask(caller, 'update_media', { session_id });

  assert.deepEqual(
    caller.events.filter(({ type }) => type === 'status').map(({ body }) => body),
    [{ class: 'update', mute_video: true, bitrate: 300_000 }],
  );
  const info = dataOf(await broker.ask(caller, 'get_info', { session_id }));
  assert.deepEqual([info['mute_video'], info['mute_audio'], info['bitrate']], [true, false, 300_000]);
  assert.deepEqual(info['status'], { mute_video: true, bitrate: 300_000 });
  assert.equal(broker.backend.legs[0]?.opened.media.bitsPerSecond, 64_000);
});

const negotiated = { sdp_type: 'webrtc', trickle_ice: false };

/** Of the session of the next test, before it has its answer. */
const created = {
  session_id: 'mine',
  type: 'echo',
  type_ext: {},
  status: {},
  backend: 'nkmedia_janus',
  backend_role: 'offeree',
  offer: { ...offer, ...negotiated },
  no_offer_trickle_ice: true,
  no_answer_trickle_ice: false,
  trickle_ice_timeout: 5000,
  sdp_type: 'webrtc',
  set_master_answer: false,
  stop_after_peer: true,
  wait_timeout: 30,
  ready_timeout: 3600,
  start_time: 5,
  mute_audio: false,
  mute_video: false,
  mute_data: false,
  bitrate: 0,
  user_id: 'anyone',
  user_session: 'fake',
  session_meta: { ticket: [1, 2] },
};

test('get_info tells what was asked for and what came of it, and so does created', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  await broker.pass(5);
  const session_id = await broker.echo(caller, {
    offer,
    session_id: 'mine',
    backend: 'nkmedia_janus',
    wait_timeout: 30,
    ready_timeout: 3600,
    no_offer_trickle_ice: true,
    session_meta: { ticket: [1, 2] },
  });
  await broker.pass();

  const info = dataOf(await broker.ask(caller, 'get_info', { session_id }));

  const answer = { sdp: 'v=0 fake answer', ...negotiated, backend: 'nkmedia_janus' };
  assert.deepEqual(info, { ...created, answer });
  assert.deepEqual(caller.events[0]?.body, created);
});

test('get_list has an object for each session that runs', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  assert.deepEqual((await broker.ask(caller, 'get_list')).data, []);

  const ids = [await broker.echo(caller), await broker.echo(caller)];
  await broker.ask(caller, 'destroy', { session_id: ids[0] });

  assert.deepEqual((await broker.ask(caller, 'get_list')).data, [{ session_id: ids[1] }]);
});

test('a session is found by the words of old clients too', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  const started = await broker.send(caller, {
    class: 'session',
    cmd: 'start',
    data: { type: 'echo', offer, use_video: false },
  });
  const { session_id } = dataOf(started);
  const info = await broker.send(caller, { class: 'media', cmd: 'info', data: { session_id } });
  const stopped = await broker.send(caller, { class: 'session', cmd: 'stop', data: { session_id } });

  assert.equal(dataOf(info)['mute_video'], true);
  assert.equal(stopped.result, 'ok');
  assert.deepEqual(typesOf(caller).at(-1), 'destroyed');
});

test('p2p stores and relays what two clients say', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const create = await broker.ask(caller, 'create', { type: 'p2p', offer });
  const { session_id } = dataOf(create);
  const waiting = broker.ask(caller, 'get_answer', { session_id });

  await broker.ask(caller, 'set_answer', { session_id, answer: { sdp: 'v=0 callee' } });

  assert.equal(dataOf(await waiting)['sdp'], 'v=0 callee');
  const again = await broker.ask(caller, 'set_answer', { session_id, answer: { sdp: 'v=0 callee' } });
  assert.equal(errorOf(again), 'answer_already_set');
  assert.equal(broker.backend.legs.length, 0);
});
