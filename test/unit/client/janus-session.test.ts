import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusSession } from '#janus/client';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeJanusConnection } from '../../support/fake-janus-connection.ts';

interface Run {
  readonly clock: FakeClock;
  readonly connection: FakeJanusConnection;
  readonly session: JanusSession;
  readonly told: string[];
}

const never = new AbortController().signal;

async function open(): Promise<Run> {
  const clock = new FakeClock();
  const connection = new FakeJanusConnection();
  const told: string[] = [];
  const parts = { clock, connection, onEvent: ({ janus }: { janus: string }) => told.push(janus) };
  return { clock, connection, session: await JanusSession.open(parts, never), told };
}

test('a session is kept alive every 20 s until it is disposed', async () => {
  const { clock, connection, session } = await open();

  await clock.run(61_000);
  await session[Symbol.asyncDispose]();
  await clock.run(61_000);

  const verbs = connection.asked.map(({ janus }) => janus);
  assert.deepEqual(verbs, ['create', 'keepalive', 'keepalive', 'keepalive', 'destroy']);
  assert.equal(connection.sessions.size, 0);
  assert.equal(clock.pending, 0);
});

test('a session that Janus no longer knows tells timeout at the next keepalive', async () => {
  const { clock, connection, session, told } = await open();
  connection.sessions.delete(session.id);

  await clock.run(20_000);
  await settle();

  assert.deepEqual(told, ['timeout']);
  assert.equal(clock.pending, 0);
});

test('the loss of the connection is not told as an event of the session', async () => {
  const { clock, connection, told } = await open();

  connection.lose();
  await clock.run(60_000);

  assert.deepEqual(told, []);
  assert.equal(clock.pending, 0);
});

test('disposing waits 4 s for a silent Janus, and not longer', async () => {
  const { clock, connection, session } = await open();
  connection.unanswered.add('destroy');
  let isDisposed = false;
  const disposed = session[Symbol.asyncDispose]().then(() => (isDisposed = true));

  await clock.run(3_999);
  const before = isDisposed;
  await clock.run(1);
  await disposed;

  assert.equal(before, false);
  assert.equal(clock.pending, 0);
});

test('a disposed session tells nothing', async () => {
  const { connection, session, told } = await open();
  const { id } = session;

  connection.emit(id, { janus: 'timeout' });
  await settle();
  await session[Symbol.asyncDispose]();
  connection.emit(id, { janus: 'timeout' });
  await settle();

  assert.equal(told.length, 1);
});

test('handles are attached, spoken to and detached', async () => {
  const { connection, session, told } = await open();

  const handle = await session.attach('janus.plugin.echotest', 'opaque', never);
  const answer = await handle.message({}, { type: 'offer', sdp: 'v=0' }, never);
  await handle.trickle({ completed: true }, never);
  await handle.hangup(never);
  await handle.detach(never);
  await settle();

  assert.equal(answer.jsep?.type, 'answer');
  assert.deepEqual(told, ['detached']);
  assert.deepEqual(
    connection.asked.map(({ janus }) => janus),
    ['create', 'attach', 'message', 'trickle', 'hangup', 'detach'],
  );
});
