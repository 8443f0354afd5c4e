import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import { FakeBackend } from '../../../support/fake-backend.ts';
import { FakeCaller } from '../../../support/fake-caller.ts';
import { sessionDefaults } from '../../../support/new-session.ts';
import { echo, gate, listen, run } from '../../../support/registry-run.ts';

test('what cannot work is refused before anything is made', () => {
  const { sessions, owner } = run();

  assert.throws(() => sessions.create({ ...sessionDefaults, type: 'echo' }, owner.owner), {
    code: 'invalid_operation',
  });
  assert.throws(() => sessions.create({ ...echo, masterId: sessionId('x') }, owner.owner), {
    code: 'session_not_found',
  });
  assert.deepEqual(sessions.ids(), []);
});

test('an owner who has already left gets no session that lives', async () => {
  const { sessions, owner } = run();
  owner.leave();

  const session = sessions.create(echo, owner.owner);

  assert.equal(await session.ended, 'registered_down');
});

test("another tenant's session is not found", () => {
  const { sessions, owner } = run();
  const stranger = new FakeCaller({ tenant: 'other', user: 'eve', grants: ['*'] });
  const session = sessions.create(echo, owner.owner);

  assert.equal(sessions.get(session.id, owner.owner.principal), session);
  assert.equal(sessions.find(session.id, stranger.owner.principal), undefined);
  assert.throws(() => sessions.get(session.id, stranger.owner.principal), { code: 'session_not_found' });
  assert.throws(() => sessions.create({ ...echo, masterId: session.id }, stranger.owner), {
    code: 'session_not_found',
  });
});

test('a client may choose an id, once at a time', async () => {
  const { sessions, owner, backend, events } = run();
  const { promise, resolve } = gate();
  const id = sessionId('mine');
  const heard = listen(events);
  const session = sessions.create({ ...echo, id }, owner.owner);
  if (backend.legs[0] !== undefined) backend.legs[0].release = promise;

  assert.equal(session.id, 'mine');
  assert.throws(() => sessions.create({ ...echo, id }, owner.owner), { code: 'duplicated_session_id' });
  session.stop('user_stop');
  assert.throws(() => sessions.create({ ...echo, id }, owner.owner), { code: 'duplicated_session_id' });
  resolve();
  await session.ended;
  sessions.create({ ...echo, id }, owner.owner);

  assert.deepEqual(
    heard.map(({ type, seq }) => [type, seq]),
    [
      ['created', 1],
      ['destroyed', 2],
      ['created', 1],
    ],
  );
});

test('the backend is the one that was named, else the first that can', () => {
  const janus = new FakeBackend(['echo', 'listen']);
  const other = new FakeBackend(['echo', 'mcu'], 'other');
  const { sessions, owner } = run(undefined, [janus, other]);
  const { offer } = echo;

  const made = [
    sessions.create(echo, owner.owner),
    sessions.create({ ...echo, backend: 'other' }, owner.owner),
    sessions.create({ ...echo, type: 'mcu' }, owner.owner),
    sessions.create({ ...sessionDefaults, type: 'p2p', offer, backend: 'p2p' }, owner.owner),
  ];

  assert.deepEqual(
    made.map(({ info }) => info.backend),
    ['nkmedia_janus', 'other', 'other', 'p2p'],
  );
  const refusals = [
    [{ ...echo, backend: 'nkmedia_fs' }, 'unknown_backend'],
    [{ ...echo, type: 'play' }, 'not_implemented'],
    [{ ...echo, type: 'mcu', backend: 'nkmedia_janus' }, 'not_implemented'],
    [{ ...echo, backend: 'p2p' }, 'not_implemented'],
    [{ ...echo, type: 'p2p', backend: 'other' }, 'not_implemented'],
    [{ ...echo, type: 'listen' }, 'invalid_operation'],
  ] as const;
  for (const [config, code] of refusals)
    assert.throws(() => sessions.create(config, owner.owner), { code }, JSON.stringify(config));
});

test('without anything that can carry media a session is refused', () => {
  const away = new FakeBackend();
  away.isAvailable = false;

  for (const backends of [[], [away]]) {
    const { sessions, owner } = run(undefined, backends);
    assert.throws(() => sessions.create(echo, owner.owner), { code: 'no_mediaserver' });
  }
  const { sessions, owner } = run(undefined, [away, new FakeBackend(undefined, 'spare')]);
  assert.equal(sessions.create(echo, owner.owner).info.backend, 'spare');
});

test('beyond the most sessions one more is refused, until the media of another is released', async () => {
  const { sessions, owner, backend } = run(undefined, undefined, { mostSessions: 2 });
  const { promise, resolve } = gate();
  sessions.create(echo, owner.owner);
  const leaving = sessions.create(echo, owner.owner);
  if (backend.legs[1] !== undefined) backend.legs[1].release = promise;
  const hint = 'at most 2 sessions run here at the same time';

  assert.throws(() => sessions.create(echo, owner.owner), { code: 'overload', number: 100081, hint });
  leaving.stop('user_stop');
  assert.throws(() => sessions.create(echo, owner.owner), { code: 'overload' });
  resolve();
  await leaving.ended;
  sessions.create(echo, owner.owner);

  assert.deepEqual(sessions.counts, { running: 2, releasing: 0 });
});

test('10,000 sessions run here unless another limit is set', () => {
  const { sessions, owner } = run();
  const relay = { ...sessionDefaults, type: 'p2p' } as const;
  for (let count = 0; count < 10_000; count += 1) sessions.create(relay, owner.owner);

  assert.throws(() => sessions.create(relay, owner.owner), { code: 'overload' });
  assert.equal(sessions.counts.running, 10_000);
});

test('sessions are listed for their own tenant', () => {
  const { sessions, owner } = run();
  const stranger = new FakeCaller({ tenant: 'other', user: 'eve', grants: ['*'] });
  const session = sessions.create(echo, owner.owner);

  assert.deepEqual(sessions.list(owner.owner.principal), [session]);
  assert.deepEqual(sessions.list(stranger.owner.principal), []);
});

test('disposal ends what runs with draining and takes nothing new', async () => {
  const { sessions, owner } = run();
  const session = sessions.create(echo, owner.owner);

  const disposal = sessions[Symbol.asyncDispose]();

  assert.throws(() => sessions.create(echo, owner.owner), { code: 'draining' });
  await disposal;
  assert.equal(await session.ended, 'draining');
});
