import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProbedBroker } from '../hostile/probed-broker.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, type Fields } from '../support/nats-caller.ts';
import { webSocketClient } from '../transport/web-socket-client.ts';
import { offerOfNobody, RoomUse, sessionsPerRoom, type Ask } from './room-use.ts';

const rooms = 20;
/** Pools and code are as large as they get after some rounds. */
const warmUpRounds = 2;

/** A client, and what it still gets events of. */
interface Client extends AsyncDisposable {
  readonly ask: Ask;
  subscriptions(): Promise<unknown>;
}

function overNats(caller: NatsCaller): Client {
  return {
    ask: (name, data) => caller.ask(name, data),
    subscriptions: () => Promise.resolve([]),
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}

async function overWebSocket(port: number): Promise<Client> {
  const client = await webSocketClient(`ws://127.0.0.1:${port}/`);
  let requests = 0;
  const send = async (envelope: object): Promise<Fields> => {
    requests += 1;
    const tid = requests;
    const reply = fieldsOf(await client.request(JSON.stringify({ ...envelope, tid })));
    assert.equal(reply['tid'], tid);
    return reply;
  };
  await send({ class: 'core', subclass: 'user', cmd: 'login', data: { user: 'load' } });
  return {
    ask: (name, data) => {
      const [subclass, cmd] = name.split('.');
      return send({ class: 'media', subclass, cmd, data });
    },
    subscriptions: async () => {
      const reply = await send({ class: 'core', subclass: 'event', cmd: 'get_subscriptions' });
      assert.ok(Array.isArray(reply['data']));
      return reply['data'].map(fieldsOf).filter((one) => one['class'] === 'media');
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function assertEmpty(client: Client): Promise<void> {
  for (const list of ['session.get_list', 'room.get_list'])
    assert.deepEqual((await client.ask(list, {}))['data'], [], list);
  assert.deepEqual(await client.subscriptions(), []);
}

test(`four clients use ${rooms * sessionsPerRoom} sessions in ${rooms} rooms at once and leave nothing`, async (t) => {
  await using probed = await ProbedBroker.start();
  const { nats = 0, commands = 0 } = probed.broker.ports;
  await using one = overNats(probed.caller);
  await using two = overNats(await NatsCaller.connect(nats));
  await using three = await overWebSocket(commands);
  await using four = await overWebSocket(commands);
  const clients = [one, two, three, four];
  const offer = await offerOfNobody();
  const round = async (withMedia: boolean): Promise<void> => {
    const uses = Array.from({ length: rooms }, (_, number) => {
      const client = clients[number % clients.length] ?? one;
      return new RoomUse(client.ask, offer).run(withMedia && number === 0);
    });
    await Promise.all(uses);
  };
  const idle = await probed.alive();
  for (let count = 0; count < warmUpRounds; count += 1) await round(false);
  const before = await probed.holdings();

  const startedAt = performance.now();
  await round(true);

  const took = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map(assertEmpty));
  await eventually('nothing is alive that was not before', 20_000, async () => {
    assert.deepEqual(await probed.alive(), idle);
    return true;
  });
  const after = await probed.holdings();
  const grown = after.rss / before.rss;
  const resident = Math.round(after.rss / 2 ** 20);
  t.diagnostic(`a round took ${took.toFixed(1)} s; then ${resident} MiB, ${grown.toFixed(2)} times before`);
  assert.deepEqual(probed.broker.log, []);
  assert.ok(grown <= 1.15, `resident memory is ${grown.toFixed(2)} times what it was`);
  assert.deepEqual({ ...after.handles, Timeout: 0 }, { ...before.handles, Timeout: 0 });
  assert.ok(after.files <= before.files, 'no descriptor is left open');
});
