import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker, typesOf } from '../../support/test-broker.ts';

const offer = { sdp: 'v=0' };
const answer = { sdp: 'v=0 answer' };

async function room(): Promise<[TestBroker, FakeCaller]> {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  for (const [session_id, room_id] of [
    ['p', 'r1'],
    ['q', 'r1'],
    ['z', 'r2'],
  ])
    await broker.ask(caller, 'create', { type: 'publish', session_id, room_id, create_room: true, offer });
  await broker.pass();
  return [broker, caller];
}

test('a listener finds its room by its publisher, and moves to another of that room alone', async () => {
  const [broker] = await room();
  const caller = new FakeCaller(undefined, 'listener');
  const other = { type: 'listen', publisher_id: 'p', room_id: 'r2' };
  assert.equal(errorOf(await broker.ask(caller, 'create', other)), 'invalid_publisher');
  const session_id = 'l';
  await broker.ask(caller, 'create', { type: 'listen', session_id, publisher: 'p' });
  const set = async (data: object): Promise<string> => {
    const reply = await broker.ask(caller, 'set_type', { session_id, type: 'listen', ...data });
    return reply.result === 'ok' ? 'ok' : errorOf(reply);
  };
  assert.equal(await set({ publisher_id: 'q' }), 'answer_not_set');
  await broker.ask(caller, 'set_answer', { session_id, answer });

  assert.equal(await set({}), 'missing_field');
  assert.equal(await set({ publisher_id: 'z' }), 'invalid_publisher');
  assert.equal(await set({ publisher_id: 'l' }), 'invalid_publisher');
  assert.equal(await set({ publisher: 'q' }), 'ok');
  await broker.pass();

  assert.equal(await set({ type: 'echo' }), 'not_implemented');
  assert.deepEqual(caller.events.at(-1)?.body, { type: 'listen', room_id: 'r1', publisher_id: 'q' });
  const { type_ext, publisher_id, room_id } = dataOf(await broker.ask(caller, 'get_info', { session_id }));
  assert.deepEqual(
    { type_ext, publisher_id, room_id },
    {
      type_ext: { room_id: 'r1', publisher_id: 'q' },
      publisher_id: 'q',
      room_id: 'r1',
    },
  );
  const ofSession = typesOf(caller).filter((type) => !type.endsWith('_member'));
  assert.deepEqual(ofSession, ['created', 'offer', 'type', 'answer', 'type']);
});

test('echo and park change places, one change at a time, told once each', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller);
  const set = (type: string): ReturnType<TestBroker['ask']> =>
    broker.ask(caller, 'set_type', { session_id, type });

  const [parked, early] = await Promise.all([set('park'), set('park')]);
  const back = await broker.send(caller, {
    class: 'session',
    cmd: 'update',
    data: { session_id, type: 'echo' },
  });
  await broker.pass();

  assert.deepEqual([parked.result, errorOf(early), back.result], ['ok', 'invalid_state', 'ok']);
  assert.deepEqual(
    caller.events.filter(({ type }) => type === 'type').map(({ body }) => body),
    [{ type: 'park' }, { type: 'echo' }],
  );
  assert.equal(errorOf(await set('listen')), 'not_implemented');
});

test('counters are had of a session with media, and its status of any', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller);
  for (const [id, type] of [
    ['relay', 'p2p'],
    ['proxy', 'proxy'],
  ])
    await broker.ask(caller, 'create', { type, session_id: id, offer });
  const ask = (cmd: string, id: string): ReturnType<TestBroker['ask']> =>
    broker.ask(caller, cmd, { session_id: id });
  await ask('update_media', session_id);
  broker.backend.legs[0]?.emit({ type: 'media_up' });
  await broker.pass();

  assert.deepEqual(dataOf(await ask('get_stats', session_id)), { session_id, time: 0, streams: [] });
  assert.equal(errorOf(await ask('get_stats', 'relay')), 'not_implemented');
  assert.equal(errorOf(await ask('get_stats', 'proxy')), 'invalid_state');
  assert.deepEqual(dataOf(await ask('get_status', session_id)), {
    webrtc: { status: 'up' },
    webrtc_ready: true,
  });
  assert.deepEqual(dataOf(await ask('get_status', 'relay')), {});
});
