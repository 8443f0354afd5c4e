import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'nats';
import { createLog, systemClock, systemRandom } from '#services/kernel';
import { DevBus, Turns, type DevBusOptions } from '#services/transport';
import { startNatsServer, withNatsServer } from '../../support/nats-server.ts';
import { busChecks } from './bus-checks.ts';
import { RawNatsClient } from './raw-nats-client.ts';
import { until } from './surroundings.ts';

const turns = new Turns(systemClock);
const parts = { clock: systemClock, random: systemRandom, log: createLog('error', {}), turns };

async function openBus(options: Partial<DevBusOptions> = {}): Promise<DevBus> {
  const bus = new DevBus(parts, { address: '127.0.0.1', port: 0, ...options });
  await bus.listen();
  return bus;
}

busChecks('dev bus', false, () => openBus());
busChecks('nats-server', withNatsServer().skip, startNatsServer);

test('a client that types the protocol is understood', async () => {
  await using bus = await openBus();
  await using client = await RawNatsClient.connect(bus.port ?? 0);
  await client.hears(/^INFO \{.*\}\r\n$/);

  client.say('CONNECT {"verbose":false,"headers":true,"no_responders":true}', 'SUB greet.* 1', 'PING');
  await client.hears(/PONG\r\n/);
  client.say('PUB greet.world inbox 5', 'hello', 'PUB nobody greet.me 0', '');

  await client.hears(/MSG greet\.world 1 inbox 5\r\nhello\r\n/);
  await client.hears(/HMSG greet\.me 1 16 16\r\nNATS\/1\.0 503\r\n\r\n\r\n/);
});

test('bad input is named and ends that connection alone', async () => {
  await using bus = await openBus();
  await using good = await RawNatsClient.connect(bus.port ?? 0);

  for (const [input, name] of [
    ['GET / HTTP/1.1\r\n', /-ERR 'Unknown Protocol Operation'/],
    ['PUB a 1048577\r\n', /-ERR 'Maximum Payload Violation'/],
    ['x'.repeat(100_000), /-ERR 'Maximum Control Line Exceeded'/],
    ['\u0016\u0003\u0001\u0002\u0000\u0001\n', /-ERR 'Unknown Protocol Operation'/],
  ] as const) {
    await using bad = await RawNatsClient.connect(bus.port ?? 0);
    bad.socket.write(input);
    await bad.hears(name);
    await until(() => bad.isClosed);
  }

  good.say('PING');
  await good.hears(/PONG/);
  await until(() => bus.counts.clients === 1);
});

test('clients that vanish leave nothing', async () => {
  await using bus = await openBus();
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawNatsClient.connect(bus.port ?? 0)));
  for (const client of clients) client.say('SUB a.b 1', 'SUB c workers 2');
  await until(() => bus.counts.subscriptions === 40);

  for (const client of clients) client.socket.resetAndDestroy();

  await until(() => bus.counts.clients === 0);
  assert.deepEqual(bus.counts, { clients: 0, subscriptions: 0 });
});

test('where its port is taken the bus uses another', async () => {
  await using first = await openBus();
  await using second = await openBus({ port: first.port ?? 0 });
  await using client = await RawNatsClient.connect(second.port ?? 0);

  await client.hears(/^INFO/);
  assert.notEqual(second.port, first.port);
});

test('with credentials the package connects with them and not without', async () => {
  await using bus = await openBus({ credentials: { user: 'u', password: 'p' } });
  const servers = bus.url;

  await assert.rejects(connect({ servers }), { code: 'AUTHORIZATION_VIOLATION' });
  const connection = await connect({ servers, user: 'u', pass: 'p' });

  await connection.flush();
  await connection.close();
});

test('one client too many is told so', async () => {
  await using bus = await openBus({ mostClients: 1 });
  await using first = await RawNatsClient.connect(bus.port ?? 0);
  await first.hears(/^INFO/);
  await using second = await RawNatsClient.connect(bus.port ?? 0);

  await second.hears(/-ERR 'maximum connections exceeded'/);
  await until(() => second.isClosed);
  first.say('PING');
  await first.hears(/PONG/);
});

test('a client that does not read is cut, and those that do get everything', async () => {
  await using bus = await openBus();
  await using sleeper = await RawNatsClient.connect(bus.port ?? 0);
  const reader = await connect({ servers: bus.url });
  let received = 0;
  reader.subscribe('flood', { callback: () => (received += 1) });
  await reader.flush();
  sleeper.say('CONNECT {"verbose":false}', 'SUB flood 1', 'PING');
  await sleeper.hears(/PONG/);
  sleeper.socket.pause();

  const payload = new Uint8Array(512 * 1024);
  for (let sent = 0; sent < 60; sent += 1) {
    reader.publish('flood', payload);
    await reader.flush();
  }

  await until(() => bus.counts.clients === 1);
  assert.equal(received, 60);
  await reader.close();
});

test('disposing ends all connections, twice as well as once', async () => {
  const bus = await openBus();
  await using client = await RawNatsClient.connect(bus.port ?? 0);
  await client.hears(/^INFO/);

  await bus[Symbol.asyncDispose]();
  await bus[Symbol.asyncDispose]();

  await until(() => client.isClosed);
  await new DevBus(parts, { address: '127.0.0.1', port: 0 })[Symbol.asyncDispose]();
});
