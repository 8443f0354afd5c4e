import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JanusWorld, type JanusClient, type Told } from '../../support/janus-world.ts';

const echotest = 'janus.plugin.echotest';

async function idOf(client: JanusClient, request: object): Promise<number> {
  const [told] = await client.ask(request);
  const { data } = told ?? {};
  return typeof data === 'object' && data !== null && 'id' in data ? Number(data.id) : 0;
}

function codeOf(told: readonly Told[]): unknown {
  const { error } = told[0] ?? {};
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

test('ids are integers of at most 53 bits, and never 0', async () => {
  await using world = new JanusWorld();
  using client = world.connect();

  for (let left = 50; left > 0; left -= 1) {
    const id = await idOf(client, { janus: 'create', transaction: 'c' });
    assert.equal(Number.isSafeInteger(id) && id > 0, true);
  }
});

test('nothing is delivered before receive has returned', async () => {
  await using world = new JanusWorld();
  const told: object[] = [];
  using instance = world.gateway.connect((message) => told.push(message));

  instance.receive({ janus: 'ping', transaction: 'p' });
  const early = told.length;
  await world.clock.run(0);

  assert.equal(early, 0);
  assert.deepEqual(told, [{ janus: 'pong', transaction: 'p' }]);
});

test('no value that a client can send is more than a refused request', async () => {
  await using world = new JanusWorld();
  using client = world.connect();

  for (const value of [undefined, null, 1, 'x', true, [], {}, [1], new Map(), Symbol('x'), () => 1]) {
    const [told] = await client.ask(value);
    assert.equal(told?.['janus'], 'error');
  }
});

test('with a secret only info and ping are answered without it', async () => {
  await using world = new JanusWorld({ apiSecret: 'sesame' });
  using client = world.connect();
  const create = { janus: 'create', transaction: 'c' };

  assert.equal(codeOf(await client.ask(create)), 403);
  assert.equal(codeOf(await client.ask({ ...create, apisecret: 'sesam' })), 403);
  assert.equal(codeOf(await client.ask({ ...create, apisecret: 'sesame ' })), 403);
  assert.equal(codeOf(await client.ask({ ...create, apisecret: 7 })), 403);
  assert.equal(codeOf(await client.ask({ janus: 'keepalive', transaction: 'k', session_id: 7 })), 403);
  const [ping] = await client.ask({ janus: 'ping', transaction: 'p' });
  const [info] = await client.ask({ janus: 'info', transaction: 'i' });
  const [created] = await client.ask({ ...create, apisecret: 'sesame' });

  assert.equal(ping?.['janus'], 'pong');
  assert.equal(info?.['api_secret'], true);
  assert.equal(created?.['janus'], 'success');
});

test('tables have an end', async () => {
  await using world = new JanusWorld({ mostSessions: 2, mostHandles: 3 });
  using client = world.connect();
  const create = { janus: 'create', transaction: 'c' };
  const session_id = await idOf(client, create);
  await idOf(client, create);
  const attach = { janus: 'attach', transaction: 'a', session_id, plugin: echotest };

  assert.equal(codeOf(await client.ask(create)), 472);
  for (let left = 3; left > 0; left -= 1) await idOf(client, attach);
  assert.equal(codeOf(await client.ask(attach)), 461);

  assert.deepEqual(world.gateway.counts, { sessions: 2, handles: 3, peerConnections: 0 });
});

test('info announces plugins and what Janus has no word for', async () => {
  await using world = new JanusWorld({ version: '1.2.3' });
  using client = world.connect();

  const [info] = await client.ask({ janus: 'info', transaction: 'i' });

  assert.equal(info?.['version'], 1203);
  assert.equal(info['version_string'], '1.2.3');
  assert.deepEqual(info['bifrons'], {
    version: '1.2.3',
    extensions: ['echotest.data', 'nosip.latch', 'stats', 'videocall.data'],
  });
  const { plugins } = info;
  assert.deepEqual(typeof plugins === 'object' && plugins !== null && Object.keys(plugins), [
    echotest,
    'janus.plugin.videocall',
    'janus.plugin.nosip',
  ]);
});

test('event handlers hear of sessions and handles with their names', async () => {
  await using world = new JanusWorld();
  using client = world.connect();
  const session_id = await idOf(client, { janus: 'create', transaction: 'c' });
  const attach = { janus: 'attach', transaction: 'a', session_id, plugin: echotest, opaque_id: 'mine' };
  const handle_id = await idOf(client, attach);

  await client.ask({ janus: 'destroy', transaction: 'd', session_id });

  const handle = { timestamp: 0, type: 2, session_id, handle_id, opaque_id: 'mine' };
  const transport = { transport: 'janus.transport.local', id: '1' };
  assert.deepEqual(world.reported, [
    { timestamp: 0, type: 1, session_id, event: { name: 'created', transport } },
    { ...handle, event: { name: 'attached', plugin: echotest, opaque_id: 'mine' } },
    { ...handle, event: { name: 'detached', plugin: echotest, opaque_id: 'mine' } },
    { timestamp: 0, type: 1, session_id, event: { name: 'destroyed' } },
  ]);
});

test('a client whose delivery fails does not disturb the gateway', async () => {
  await using world = new JanusWorld();
  using broken = world.gateway.connect(() => {
    throw new Error('the line is cut');
  });
  using client = world.connect();

  broken.receive({ janus: 'ping', transaction: 'p' });
  const [pong] = await client.ask({ janus: 'ping', transaction: 'p' });

  assert.equal(pong?.['janus'], 'pong');
});

test('disposing ends all sessions and takes no new ones', async () => {
  const world = new JanusWorld();
  using client = world.connect();
  await idOf(client, { janus: 'create', transaction: 'c' });

  await Promise.all([world.gateway[Symbol.asyncDispose](), world.gateway[Symbol.asyncDispose]()]);

  assert.equal(codeOf(await client.ask({ janus: 'create', transaction: 'c' })), 472);
  assert.equal(world.gateway.counts.sessions, 0);
  assert.equal(world.clock.pending, 0);
});
