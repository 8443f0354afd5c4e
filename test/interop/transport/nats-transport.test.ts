import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NatsConnection } from 'nats';
import type { EventEnvelope } from '#services/broker';
import { createLog, Scope, systemClock, systemRandom } from '#services/kernel';
import { DevBus, NatsTransport, Turns, type NatsTransportOptions } from '#services/transport';
import { fieldsOf } from '../../support/fields.ts';
import { startNatsServer, withNatsServer } from '../../support/nats-server.ts';
import { RecordingServe } from '../../support/recording-serve.ts';
import { natsClient, type NatsClient } from './nats-client.ts';
import { until } from './surroundings.ts';

const turns = new Turns(systemClock);
const parts = { clock: systemClock, random: systemRandom, log: createLog('silent', {}), turns };
const request = JSON.stringify({ class: 'media', subclass: 'session', cmd: 'get_list', tid: 1 });

/** A transport that is closed for good tells so here. */
interface Stage extends AsyncDisposable {
  readonly transport: NatsTransport;
  readonly broker: RecordingServe;
  readonly client: NatsClient;
  readonly bus: DevBus;
  readonly losses: unknown[];
}

function transportTo(
  url: string,
  losses: unknown[],
  options: Partial<NatsTransportOptions> = {},
): NatsTransport {
  const readNode = (): { sessions: number; load: number; draining: boolean } => ({
    sessions: 3,
    load: 0.25,
    draining: false,
  });
  const onClosed = (cause: unknown): void => void losses.push(cause);
  return new NatsTransport(
    { ...parts, readNode, onClosed },
    { url, node: 'abcd1234', version: '1.2.3', ...options },
  );
}

async function start(options: Partial<NatsTransportOptions> = {}): Promise<Stage> {
  const scope = new Scope();
  const bus = scope.own(new DevBus(parts, { address: '127.0.0.1', port: 0 }));
  await bus.listen();
  const losses: unknown[] = [];
  const transport = scope.own(transportTo(bus.url, losses, options));
  const broker = new RecordingServe();
  await transport.listen(broker.serve);
  const client = scope.own(await natsClient(bus.url));
  return {
    transport,
    broker,
    client,
    bus,
    losses,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function ask(connection: NatsConnection, subject: string): Promise<ReadonlyMap<string, unknown>> {
  const reply = await connection.request(subject, '', { timeout: 2000 });
  return fieldsOf(reply.json<unknown>());
}

test('a subject states the command, and the body may be empty', async () => {
  await using stage = await start();
  const { client, broker } = stage;

  await client.requestAt('media.cmd.session.get_list', '');
  assert.deepEqual(broker.last?.body, { class: 'media', subclass: 'session', cmd: 'get_list' });
  await client.requestAt('media.cmd.core.event.subscribe', '{"data":{"class":"media"}}');
  assert.deepEqual(broker.last.body, {
    data: { class: 'media' },
    class: 'core',
    subclass: 'event',
    cmd: 'subscribe',
  });
  const refused = fieldsOf(await client.requestAt('media.cmd.room.create', '{"tid":4,"cmd":"destroy"}'));

  assert.equal(refused.get('tid'), 4);
  assert.equal(fieldsOf(refused.get('data')).get('error'), 'Syntax error: cmd');
  assert.equal(broker.requests.length, 2);
});

test('a node is reached by its own subject', async () => {
  await using stage = await start({ prefix: 'pre.fix' });

  await stage.client.requestAt('pre.fix.node.abcd1234.cmd', request);

  assert.equal(stage.broker.requests.length, 1);
});

test('a request without a reply subject is carried out', async () => {
  await using stage = await start();

  stage.client.connection.publish('media.cmd', request);

  await until(() => stage.broker.requests.length === 1);
});

test('callers are anyone, need not log in, and take no events', async () => {
  await using stage = await start();
  await stage.client.request(request);
  const caller = stage.broker.last?.caller;
  assert.ok(caller?.principal);

  caller.logIn(caller.principal);

  assert.equal(caller.principal.user, 'anyone');
  assert.equal(caller.takesEvents, false);
  const never = new AbortController().signal;
  await assert.rejects(caller.ask('call.invite', {}, never), { code: 'not_implemented' });
});

test('the node says every second how it is', async () => {
  await using stage = await start();
  const beats: unknown[] = [];
  stage.client.connection.subscribe('media.node.*.heartbeat', {
    callback: (_fault, message) => beats.push(message.json()),
  });

  await until(() => beats.length === 2);

  const beat = { node: 'abcd1234', version: '1.2.3', sessions: 3, load: 0.25, draining: false };
  assert.deepEqual(beats, [beat, beat]);
});

test('the broker is found as the micro service bifrons', async () => {
  await using stage = await start();
  const { connection } = stage.client;
  await stage.client.request(request);

  const ping = await ask(connection, '$SRV.PING.bifrons');
  const info = await ask(connection, '$SRV.INFO.bifrons');
  const stats = await ask(connection, '$SRV.STATS.bifrons');

  assert.equal(ping.get('name'), 'bifrons');
  assert.equal(ping.get('version'), '1.2.3');
  assert.deepEqual(ping.get('metadata'), { node: 'abcd1234' });
  const endpoints = info.get('endpoints');
  assert.ok(Array.isArray(endpoints));
  assert.deepEqual(
    endpoints.map((endpoint) => fieldsOf(endpoint).get('subject')),
    ['media.cmd', 'media.cmd.>'],
  );
  const counted = stats.get('endpoints');
  assert.ok(Array.isArray(counted));
  assert.equal(fieldsOf(counted[0]).get('num_requests'), 1);
});

test('of several nodes one answers a command', async () => {
  await using stage = await start();
  await using other = transportTo(stage.bus.url, [], { node: 'efgh5678' });
  const second = new RecordingServe();
  await other.listen(second.serve);

  for (let count = 0; count < 40; count += 1) await stage.client.request(request);

  assert.equal(stage.broker.requests.length + second.requests.length, 40);
  assert.ok(second.requests.length > 0 && second.requests.length < 40);
});

test('a reply that the server does not take is replaced by a coded error', async () => {
  await using stage = await start();
  stage.broker.answer = () => ({ result: 'ok', tid: 1, data: { list: 'x'.repeat(1024 * 1024) } });

  const reply = fieldsOf(await stage.client.request(request));

  assert.equal(reply.get('tid'), 1);
  assert.equal(fieldsOf(reply.get('data')).get('name'), 'overload');
});

test('more requests than may be in flight are answered busy', async () => {
  await using stage = await start();
  const answer = stage.broker.hold();
  for (let count = 0; count < 10_000; count += 1) stage.client.connection.publish('media.cmd', request);

  const reply = fieldsOf(await stage.client.request(request));

  assert.equal(fieldsOf(reply.get('data')).get('name'), 'busy');
  answer({ result: 'ok', data: {} });
});

test('a request that hangs does not hold up the end', async () => {
  await using stage = await start({ drainMs: 50 });
  stage.broker.answer = ({ signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ result: 'ok', data: { given: 'up' } }));
    });
  const reply = stage.client.request(request);
  await until(() => stage.broker.requests.length === 1);

  await stage.transport[Symbol.asyncDispose]();

  assert.deepEqual(await reply, { result: 'ok', data: { given: 'up' } });
  assert.equal(stage.transport.health.state, 'closed');
  assert.deepEqual(stage.losses, []);
});

test('a broker started before its NATS server serves once that is there', withNatsServer(), async () => {
  await using server = await startNatsServer();
  await server.stop();
  const losses: unknown[] = [];
  await using transport = transportTo(server.url, losses);
  const broker = new RecordingServe();
  const before = performance.now();

  await transport.listen(broker.serve);
  assert.ok(performance.now() - before < 3000);
  assert.equal(transport.health.state, 'connecting');
  await server.start();

  await until(() => transport.health.state === 'connected');
  await using client = await natsClient(server.url);
  await until(() => transport.health.state === 'connected');
  assert.deepEqual(await client.request(request), { result: 'ok', tid: 1, data: { echo: null } });
  assert.deepEqual(losses, []);
});

test('one that never finds its server can be stopped', async () => {
  const transport = transportTo('127.0.0.1:9', []);
  const listening = transport.listen(() => Promise.reject(new Error('nobody asks')));

  await transport[Symbol.asyncDispose]();
  await listening.catch(() => undefined);

  assert.equal(transport.health.state, 'closed');
});

test(
  'the server stops and starts: events meanwhile are counted, then all works again',
  withNatsServer(),
  async () => {
    await using server = await startNatsServer();
    const losses: unknown[] = [];
    await using transport = transportTo(server.url, losses);
    const broker = new RecordingServe();
    await transport.listen(broker.serve);

    await server.stop();
    await until(() => transport.health.state === 'disconnected');
    transport.publishEvent(event);
    await server.start();
    await until(() => transport.health.state === 'connected');

    assert.deepEqual(transport.health, { state: 'connected', reconnects: 1, eventsDropped: 1 });
    await using client = await natsClient(server.url);
    assert.deepEqual(await client.request(request), { result: 'ok', tid: 1, data: { echo: null } });
    assert.equal((await ask(client.connection, '$SRV.PING.bifrons')).get('name'), 'bifrons');
    transport.publishEvent(event);
    await until(() => client.events.length === 1);
    assert.deepEqual(client.events, [event]);
    assert.deepEqual(losses, []);
  },
);

test('it can be disposed while the server is away', withNatsServer(), async () => {
  await using server = await startNatsServer();
  const transport = transportTo(server.url, []);
  await transport.listen(() => Promise.reject(new Error('nobody asks')));
  await server.stop();
  await until(() => transport.health.state === 'disconnected');

  await transport[Symbol.asyncDispose]();

  assert.equal(transport.health.state, 'closed');
});

test('events without a subject, or too large for the server, do no harm', async () => {
  await using stage = await start();

  stage.transport.publishEvent({ ...event, obj_id: '' });
  stage.transport.publishEvent({ ...event, body: { big: 'x'.repeat(2 * 1024 * 1024) } });
  stage.transport.publishEvent({ ...event, obj_id: 'a.*' });

  await until(() => stage.client.events.length === 1);
  assert.equal(stage.transport.health.state, 'connected');
});

test('a bad address stops the start', () => {
  assert.throws(() => transportTo('http://nowhere', []), /NATS_URL/);
});

const event: EventEnvelope = {
  class: 'media',
  subclass: 'session',
  type: 'answer',
  obj_id: 'abcd1234-0',
  seq: 1,
  time: 5,
  node: 'abcd1234',
  body: {},
};
