import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusWorld, type JanusClient, type Told } from '../../support/janus-world.ts';

async function createSession(client: JanusClient): Promise<number> {
  const [told] = await client.ask({ janus: 'create', transaction: 'c' });
  const { data } = told ?? {};
  return typeof data === 'object' && data !== null && 'id' in data ? Number(data.id) : 0;
}

function kinds(told: readonly Told[]): unknown[] {
  return told.map(({ janus }) => janus);
}

test('an idle session times out, and its client is told', async () => {
  await using world = new JanusWorld({ sessionTimeoutMs: 60_000 });
  using client = world.connect();
  const session_id = await createSession(client);
  await client.ask({ janus: 'attach', transaction: 'a', session_id, plugin: 'janus.plugin.echotest' });
  client.take();

  await world.clock.run(59_999);
  assert.deepEqual(client.take(), []);
  await world.clock.run(1);

  assert.deepEqual(client.take(), [{ janus: 'timeout', session_id }]);
  assert.deepEqual(world.gateway.counts, { sessions: 0, handles: 0, peerConnections: 0 });
  assert.equal(world.clock.pending, 0);
});

test('every request that names a session keeps it alive, a refused one too', async () => {
  await using world = new JanusWorld({ sessionTimeoutMs: 10_000 });
  using client = world.connect();
  const session_id = await createSession(client);

  await world.clock.run(9_000);
  await client.ask({ janus: 'keepalive', transaction: 'k', session_id });
  await world.clock.run(9_000);
  await client.ask({ janus: 'nonsense', transaction: 'n', session_id });
  await world.clock.run(9_000);

  assert.equal(world.gateway.counts.sessions, 1);
});

test('a timeout of 0 lets sessions live for ever', async () => {
  await using world = new JanusWorld({ sessionTimeoutMs: 0 });
  using client = world.connect();
  await createSession(client);

  assert.equal(world.clock.pending, 0);
});

test('a client that goes takes its sessions with it', async () => {
  await using world = new JanusWorld();
  const client = world.connect();
  await createSession(client);
  await createSession(client);

  client[Symbol.dispose]();

  assert.equal(world.gateway.counts.sessions, 0);
  assert.equal(world.clock.pending, 0);
});

test('with a reclaim time a session can be claimed by another client in time', async () => {
  await using world = new JanusWorld({ reclaimTimeoutMs: 5_000, sessionTimeoutMs: 60_000 });
  const first = world.connect();
  using second = world.connect();
  const session_id = await createSession(first);
  first[Symbol.dispose]();

  await world.clock.run(4_000);
  const told = await second.ask({ janus: 'claim', transaction: 'x', session_id });
  await world.clock.run(59_000);

  assert.deepEqual(told, [{ janus: 'success', session_id, transaction: 'x' }]);
  assert.equal(world.gateway.counts.sessions, 1);
  await world.clock.run(1_000);
  assert.deepEqual(kinds(second.take()), ['success', 'timeout']);
});

test('a session that nobody claims in time is gone', async () => {
  await using world = new JanusWorld({ reclaimTimeoutMs: 5_000 });
  const first = world.connect();
  using second = world.connect();
  const session_id = await createSession(first);
  first[Symbol.dispose]();

  await world.clock.run(5_000);
  const [told] = await second.ask({ janus: 'claim', transaction: 'x', session_id });

  assert.deepEqual(told?.['error'], { code: 458, reason: `No such session ${session_id}` });
});

test('events go to who claimed the session, replies to who asked', async () => {
  await using world = new JanusWorld();
  using first = world.connect();
  using second = world.connect();
  const session_id = await createSession(first);
  const attach = { janus: 'attach', transaction: 'a', session_id, plugin: 'janus.plugin.echotest' };
  const [attached] = await first.ask(attach);
  const { data } = attached ?? {};
  const handle_id = typeof data === 'object' && data !== null && 'id' in data ? data.id : 0;
  await second.ask({ janus: 'claim', transaction: 'x', session_id });
  first.take();
  second.take();

  await first.ask({ janus: 'message', transaction: 'm', session_id, handle_id, body: { audio: false } });

  assert.deepEqual(kinds(first.take()), ['ack']);
  assert.deepEqual(kinds(second.take()), ['event']);
});

test('the client that lost a session to a claim may go without ending it', async () => {
  await using world = new JanusWorld();
  const first = world.connect();
  using second = world.connect();
  const session_id = await createSession(first);
  await second.ask({ janus: 'claim', transaction: 'x', session_id });

  first[Symbol.dispose]();

  assert.equal(world.gateway.counts.sessions, 1);
});
