import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeCaller } from '../../support/fake-caller.ts';
import { dataOf, errorOf, TestBroker } from '../../support/test-broker.ts';

/** Names of everything that fast-check may call, so that it comes past the door often enough. */
const words = {
  class: fc.constantFrom('media', 'core', 'session', 'room', '__proto__', 'x'),
  subclass: fc.constantFrom('session', 'user', 'event', 'core', '', 'constructor'),
  cmd: fc.constantFrom(
    ...['create', 'destroy', 'set_answer', 'get_offer', 'update_media', 'set_candidate', 'set_candidate_end'],
    ...['get_info', 'get_list', 'login', 'subscribe', 'unsubscribe', 'get_subscriptions', 'ping', 'toString'],
  ),
};
const fields = fc.constantFrom(
  ...[
    'type',
    'offer',
    'session_id',
    'answer',
    'sdp',
    'candidate',
    'sdpMid',
    'sdpMLineIndex',
    'bitrate',
    'body',
  ],
  ...[
    'class',
    'obj_id',
    'after_seq',
    'user',
    'wait_timeout',
    'subscribe',
    'session_events',
    'master_id',
    'backend',
  ],
  ...['mute_audio', 'events_body', 'session_meta', '__proto__', 'constructor'],
);
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    'echo',
    'p2p',
    'fixed',
    true,
    '1',
    0,
    { sdp: 'v=0' },
    { sdp: 'v=0', trickle_ice: 1 },
    [],
  ),
);

/** As a transport would deliver it: `__proto__` is a key like any other. */
function decoded(entries: readonly (readonly [string, unknown])[]): unknown {
  const text = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',');
  return JSON.parse(`{${text}}`);
}

const data = fc.array(fc.tuple(fields, values), { maxLength: 6 }).map(decoded);
const envelopes = fc.oneof(
  fc.record({ ...words, data, tid: fc.oneof(fc.nat(), fc.string()) }),
  fc.record({ ...words, data: values, tid: values }, { requiredKeys: [] }),
  fc.jsonValue({ maxDepth: 20 }),
);

test('whatever arrives is answered with ok or a code, and never breaks us', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(envelopes, { minLength: 1, maxLength: 20 }), async (bodies) => {
      const broker = new TestBroker();
      const caller = new FakeCaller();

      const replies = bodies.map((body) => broker.send(caller, body));
      await broker.pass(100_000_000);

      for (const reply of await Promise.all(replies)) {
        if (reply.result === 'error') assert.notEqual(reply.data.name, 'internal_error');
      }
      await broker.sessions[Symbol.asyncDispose]();
      assert.equal(broker.clock.pending, 0);
    }),
    { numRuns: 300 },
  );
});

test('a session lets 100 wait and answers the rest busy, at once', async () => {
  const broker = new TestBroker();
  broker.backend.isSilent = true;
  const caller = new FakeCaller();
  const session_id = 'mine';
  const created = broker.opening(caller, session_id);
  // One place is taken by the backend, which is still opening, and one by create.
  const waiting = Array.from({ length: 98 }, () => broker.ask(caller, 'get_answer', { session_id }));

  const tooMany = await broker.ask(caller, 'get_answer', { session_id });
  broker.backend.legs[0]?.describe();
  const answered = await Promise.all(waiting);

  assert.equal(errorOf(tooMany), 'busy');
  assert.equal(answered.filter(({ result }) => result === 'ok').length, 98);
  assert.equal((await created).result, 'ok');
  assert.equal((await broker.ask(caller, 'get_answer', { session_id })).result, 'ok');
});

test('updates that the backend does not answer are bounded, and end with the session', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const session_id = await broker.echo(caller);
  await broker.pass();
  const [leg] = broker.backend.legs;
  if (leg !== undefined) leg.request = () => undefined;
  const update = { session_id, mute_audio: true };
  const waiting = Array.from({ length: 101 }, () => broker.ask(caller, 'update_media', update));
  await broker.pass();

  await broker.ask(caller, 'destroy', { session_id });

  const names = (await Promise.all(waiting)).map(errorOf);
  assert.deepEqual([names.filter((name) => name === 'user_stop').length, names.at(-1)], [100, 'busy']);
});

test('a wait that its client gave up is forgotten by the session', async () => {
  const broker = new TestBroker();
  const caller = new FakeCaller();
  const { session_id } = dataOf(await broker.ask(caller, 'create', { type: 'p2p', offer: { sdp: 'v=0' } }));

  for (let count = 0; count < 150; count += 1) {
    const hangUp = new AbortController();
    const reply = broker.ask(caller, 'get_answer', { session_id }, { signal: hangUp.signal });
    hangUp.abort();
    assert.equal(errorOf(await reply), 'timeout');
  }
});
