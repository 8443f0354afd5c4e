import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker } from '../../support/test-broker.ts';

const create = { type: 'echo', offer: { sdp: 'v=0' } };
const requestId = 'once';

test('a create that is repeated makes one session, also at the same time', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller(undefined, 'nats', false);

  const replies = await Promise.all(
    [1, 2, 3].map(() => broker.ask(caller, 'create', { ...create, wait_reply: true }, { requestId })),
  );
  const late = await broker.ask(caller, 'create', create, { requestId });

  assert.equal(broker.backend.legs.length, 1);
  for (const reply of replies) assert.deepEqual(reply, late);
});

test('a repeat over another connection of the same user is the same request', async () => {
  const broker = new TestBroker();
  const [before, after] = [
    new FakeCaller(undefined, 'before', false),
    new FakeCaller(undefined, 'after', false),
  ];

  const first = await broker.ask(before, 'create', create, { requestId });
  const second = await broker.ask(after, 'create', create, { requestId });

  assert.deepEqual(first, second);
});

test('a failure is remembered too', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const data = { session_id: 'later' };
  const first = await broker.ask(caller, 'get_info', data, { requestId });
  await broker.echo(caller, { session_id: 'later' });

  const second = await broker.ask(caller, 'get_info', data, { requestId });

  assert.deepEqual([first, second].map(errorOf), ['session_not_found', 'session_not_found']);
  assert.equal(dataOf(await broker.ask(caller, 'get_info', data))['session_id'], 'later');
});

test('after 5 minutes the same id is a new request', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const ids: unknown[] = [];
  for (const ms of [0, 299_999, 1]) {
    await broker.pass(ms);
    ids.push(dataOf(await broker.ask(caller, 'create', create, { requestId }))['session_id']);
  }

  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
});

test('repeats of a wait share it', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  const session_id = 'mine';
  const created = broker.opening(caller, session_id);
  const gone = new AbortController();

  const first = broker.ask(caller, 'get_answer', { session_id }, { requestId, signal: gone.signal });
  await broker.pass(2000);
  gone.abort();
  const second = broker.ask(caller, 'get_answer', { session_id }, { requestId });
  broker.backend.legs[0]?.describe();

  assert.equal(dataOf(await second)['sdp'], 'v=0 fake answer');
  assert.deepEqual(await first, await second);
  assert.equal((await created).result, 'ok');
});
