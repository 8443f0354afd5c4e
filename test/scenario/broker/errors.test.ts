import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaError } from '#schemas';
import { FakeBackend } from '../../support/fake-backend.ts';
import { FakeCaller } from '../../support/fake-caller.ts';
import { settle } from '../../support/fake-clock.ts';
import { dataOf, errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

const offer = { sdp: 'v=0' };
const echo = { type: 'echo', offer };

async function create(data: object, backend = new FakeBackend()): Promise<string> {
  const broker = new TestBroker({ backend });
  const reply = await broker.ask(new FakeCaller(), 'create', data);
  assert.deepEqual(broker.sessions.ids(), [], 'a refused create leaves nothing');
  return errorOf(reply);
}

test('create refuses at once what cannot work, and makes nothing', async () => {
  const refusals: [object, string][] = [
    [{ type: 'echo' }, 'invalid_operation'],
    [{ type: 'echo', offer: {} }, 'missing_field'],
    [{ type: 'echo', offer: { sdp: '' } }, 'syntax_error'],
    [{ type: 'echo', offer: { sdp: 'x'.repeat(65_537) } }, 'syntax_error'],
    [{ offer }, 'missing_field'],
    [{ type: 'nonsense', offer }, 'syntax_error'],
    [{ type: 'mcu', offer }, 'not_implemented'],
    [{ type: 'listen', offer }, 'invalid_operation'],
    [{ ...echo, backend: 'nkmedia_fs' }, 'unknown_backend'],
    [{ ...echo, backend: 'p2p' }, 'not_implemented'],
    [{ ...echo, master_id: 'nobody' }, 'session_not_found'],
    [{ ...echo, session_id: 'not a name' }, 'syntax_error'],
    [{ ...echo, session_id: 'node0001-00000000-0000-4000-8000-000000000001' }, 'syntax_error'],
    [{ ...echo, trickle_ice_timeout: 99 }, 'syntax_error'],
    [{ ...echo, trickle_ice_timeout: 30_001 }, 'syntax_error'],
    [{ ...echo, wait_timeout: 0 }, 'syntax_error'],
    [{ ...echo, bitrate: -1 }, 'syntax_error'],
    [{ ...echo, events_body: { text: 'x'.repeat(16_384) } }, 'syntax_error'],
    [{ ...echo, session_meta: { text: 'x'.repeat(65_536) } }, 'syntax_error'],
  ];

  for (const [data, name] of refusals)
    assert.equal(await create(data), name, JSON.stringify(data).slice(0, 90));
});

test('create says what to change', async () => {
  const reply = await new TestBroker().ask(new FakeCaller(), 'create', { type: 'echo' });

  assert.deepEqual(reply.data, {
    code: 100040,
    error: 'Invalid operation',
    name: 'invalid_operation',
    hint: 'data.offer is required for type echo',
  });
});

test('a session that is not there is named by the field that names it', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();

  const found = await broker.ask(caller, 'get_info', { session_id: 'nobody' });
  const created = await broker.ask(caller, 'create', { ...echo, master_id: 'nobody' });

  const failure = { code: 100062, error: 'Session not found', name: 'session_not_found' };
  assert.deepEqual(found.data, { ...failure, hint: 'data.session_id names no session' });
  assert.deepEqual(created.data, { ...failure, hint: 'data.master_id names no session' });
});

test('create without a media server is refused', async () => {
  const backend = new FakeBackend();
  backend.isAvailable = false;

  assert.equal(await create(echo, backend), 'no_mediaserver');
});

test('a taken session id is refused, and the session that has it lives on', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  await broker.echo(caller, { session_id: 'mine' });

  const reply = await broker.ask(caller, 'create', { ...echo, session_id: 'mine' });

  assert.deepEqual(reply.data, {
    code: 100034,
    error: 'Duplicated session id',
    name: 'duplicated_session_id',
    hint: 'data.session_id names a session that is there',
  });
  assert.deepEqual(broker.sessions.ids(), ['mine']);
});

test('what the backend refuses is the reply, with wait_reply or without, and the reason in destroyed', async () => {
  const backend = new FakeBackend();
  const hint = 'data.offer.sdp has no fingerprint';
  backend.failure = new MediaError('invalid_sdp', undefined, { hint });
  const broker = new TestBroker({ backend });
  const caller = new FakeCaller();

  const waited = await broker.ask(caller, 'create', { ...echo, wait_reply: true });
  const quick = await broker.ask(caller, 'create', echo);
  await broker.pass();

  const error = { code: 309005, error: 'Invalid SDP', name: 'invalid_sdp', hint };
  assert.deepEqual([waited.data, quick.data], [error, error]);
  assert.deepEqual(typesOf(caller), ['created', 'destroyed', 'created', 'destroyed']);
  const { error: reason, ...rest } = error;
  assert.deepEqual(caller.events.at(-1)?.body, { ...rest, reason });
  assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
});

test('create without wait_reply gives the id alone, and only once the backend has answered', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  let isAnswered = false;
  const reply = broker.opening(caller, 'mine').finally(() => (isAnswered = true));
  await broker.pass();
  assert.deepEqual([isAnswered, typesOf(caller)], [false, ['created']]);

  broker.backend.legs[0]?.describe();

  assert.deepEqual(dataOf(await reply), { session_id: 'mine' });
  assert.deepEqual(typesOf(caller), ['created', 'answer']);
});

test('an offer that is held for its candidates is not waited for', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const gather = { offer: { ...offer, trickle_ice: true }, no_offer_trickle_ice: true };

  const reply = await broker.opening(new FakeCaller(), 'mine', gather);

  assert.deepEqual(dataOf(reply), { session_id: 'mine' });
});

for (const wait_reply of [true, false]) {
  test(`create with wait_reply ${wait_reply} keeps to 30 s, then stops the session with timeout`, async () => {
    const broker = new TestBroker();
    broker.backend.isSilent = true;
    const caller = new FakeCaller();
    const reply = broker.ask(caller, 'create', { ...echo, wait_reply });

    await broker.pass(30_000);

    assert.equal(errorOf(await reply), 'timeout');
    assert.deepEqual(caller.events.at(-1)?.body, { code: 100005, reason: 'Timeout', name: 'timeout' });
    assert.equal(broker.clock.pending, 0);
    assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  });
}

for (const wait_reply of [true, false]) {
  test(`create of a proxy with wait_reply ${wait_reply} replies once its offer was taken`, async () => {
    const broker = new TestBroker();
    broker.backend.isSilent = true;
    let isReplied = false;
    const reply = broker
      .ask(new FakeCaller(), 'create', { type: 'proxy', offer, wait_reply })
      .finally(() => (isReplied = true));
    await settle();
    const early = isReplied;

    broker.backend.legs.at(-1)?.begin();

    assert.equal(early, false);
    assert.deepEqual(Object.keys(dataOf(await reply)), ['session_id']);
  });

  test(`a proxy that no engine can carry fails its create with wait_reply ${wait_reply}`, async () => {
    const broker = new TestBroker();
    broker.backend.failure = new MediaError('not_implemented');

    const reply = await broker.ask(new FakeCaller(), 'create', { type: 'proxy', offer, wait_reply });

    assert.equal(errorOf(reply), 'not_implemented');
    assert.deepEqual(broker.sessions.counts, { running: 0, releasing: 0 });
  });
}

test('commands for a session that is not there say so, but destroy is content', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = 'nobody';
  const answer = { sdp: 'v=0' };
  const commands: [string, object][] = [
    ['set_answer', { session_id, answer }],
    ['get_offer', { session_id }],
    ['get_answer', { session_id }],
    ['update_media', { session_id }],
    ['set_candidate', { session_id, sdpMLineIndex: 0, candidate: '' }],
    ['set_candidate_end', { session_id }],
    ['get_info', { session_id }],
  ];

  for (const [cmd, data] of commands) {
    assert.equal(errorOf(await broker.ask(caller, cmd, data)), 'session_not_found', cmd);
    assert.equal(errorOf(await broker.ask(caller, cmd, {})), 'missing_field', cmd);
  }
  assert.equal((await broker.ask(caller, 'destroy', { session_id })).result, 'ok');
});

test('an echo session takes no answer from the client', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  const session_id = 'mine';
  const created = broker.opening(caller, session_id);
  const answer = { sdp: 'v=0' };

  const early = await broker.ask(caller, 'set_answer', { session_id, answer });
  broker.backend.legs[0]?.describe();
  await broker.pass();
  const late = await broker.ask(caller, 'set_answer', { session_id, answer });

  assert.deepEqual([early, late].map(errorOf), ['invalid_operation', 'answer_already_set']);
  assert.ok('hint' in early.data && early.data.hint === 'a session of type echo is answered by its backend');
  assert.equal((await created).result, 'ok');
});

test('a relay has no media to update', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const { session_id } = dataOf(await broker.ask(caller, 'create', { type: 'p2p', offer }));

  const reply = await broker.ask(caller, 'update_media', { session_id, mute_audio: true });

  assert.equal(errorOf(reply), 'not_implemented');
});

test('who waits when the session ends is answered with its reason', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  const created = [broker.opening(caller, 'first'), broker.opening(caller, 'second', { wait_timeout: 20 })];
  const waiting = ['first', 'second'].map((session_id) => broker.ask(caller, 'get_answer', { session_id }));

  await broker.ask(caller, 'destroy', { session_id: 'first' });
  await broker.pass(20_000);

  const ends = ['user_stop', 'session_timeout'];
  assert.deepEqual((await Promise.all([...created, ...waiting])).map(errorOf), [...ends, ...ends]);
  assert.deepEqual(typesOf(caller), ['created', 'created', 'destroyed', 'destroyed']);
});

test('what others own is not found, told or listed', async () => {
  const broker = new TestBroker();
  const stranger = new FakeCaller({ tenant: 'other', user: 'eve', grants: ['*'] }, 'eve');
  const session_id = await broker.echo(new FakeCaller());

  const found = await broker.ask(stranger, 'get_info', { session_id });
  await broker.ask(stranger, 'destroy', { session_id });

  assert.equal(errorOf(found), 'session_not_found');
  assert.deepEqual((await broker.ask(stranger, 'get_list')).data, []);
  assert.deepEqual(broker.sessions.ids(), [session_id]);
});
