import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { NatsCaller, textOf } from '../support/nats-caller.ts';

const main = fileURLToPath(import.meta.resolve('../../../services/main.js'));

/** What a broker that refuses to start says, and how it ends. */
function refusalWith(settings: Readonly<Record<string, string>>): { status: number | null; words: string } {
  const env = { PATH: process.env['PATH'], BIFRONS_NATS_PORT: '0', BIFRONS_MEDIA_PORT: '0', ...settings };
  const { status, stderr } = spawnSync(process.execPath, [main], { env, encoding: 'utf8', timeout: 20_000 });
  return { status, words: stderr };
}

test('told to stop, a broker ends its sessions with draining while their events still leave', async () => {
  const broker = await BrokerProcess.start();
  await using server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
  const offer = { sdp: 'v=0' };
  const session_id = textOf(await server.command('session.create', { type: 'p2p', offer }), 'session_id');

  const exit = broker.stop();
  await eventually('destroyed', 5000, () => server.eventsOf(session_id).at(-1)?.type === 'destroyed');

  assert.equal(await exit, 0);
  assert.equal(server.eventsOf(session_id).at(-1)?.body['name'], 'draining');
});

test('sessions may go on for the drain time, and new ones are refused meanwhile', async () => {
  await using broker = await BrokerProcess.start({ BIFRONS_DRAIN_TIMEOUT: '20' });
  await using server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
  const p2p = { type: 'p2p', offer: { sdp: 'v=0' } };
  const session_id = textOf(await server.command('session.create', p2p), 'session_id');

  const exit = broker.stop();
  const refused = await eventually('a refusal', 5000, async () => {
    const reply = await server.ask('session.create', p2p);
    return reply['result'] === 'error' && reply;
  });
  await server.command('session.destroy', { session_id });

  assert.match(JSON.stringify(refused), /"name":"draining"/);
  assert.equal(await exit, 0);
});

test('a port that is taken is named by its setting', async () => {
  await using broker = await BrokerProcess.start();
  const taken = {
    BIFRONS_HTTP_PORT: String(broker.ports['http']),
    BIFRONS_COMMAND_PORT: String(broker.ports['commands']),
    BIFRONS_MEDIA_PORT: String(broker.ports['media']),
  };

  for (const [name, port] of Object.entries(taken)) {
    const free = { BIFRONS_HTTP_PORT: '0', BIFRONS_COMMAND_PORT: '0', BIFRONS_MEDIA_PORT: '0' };
    const { status, words } = refusalWith({ ...free, [name]: port });
    assert.equal(status, 1);
    assert.match(words, new RegExp(`^bifrons: ${name}: port ${port} is taken`));
  }
});

test('a setting that is unknown, bad or unsafe stops the start with a sentence that names it', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['BIFRONS_HTPT_PORT', '1'],
    ['BIFRONS_HTTP_PORT', 'many'],
    ['BIFRONS_AUTH', 'jwt'],
    ['BIFRONS_BIND', '0.0.0.0'],
  ];

  for (const [name, value] of cases) {
    const { status, words } = refusalWith({ [name]: value });
    assert.equal(status, 1);
    assert.match(words, new RegExp(`^bifrons: .*${name}`));
  }
});
