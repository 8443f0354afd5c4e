import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';
import { webSocketClient } from '../transport/web-socket-client.ts';

/** Gives one command and resolves with what it replies; rejects unless that is ok. */
type Command = (name: string, data: object) => Promise<Fields>;

const rooms = 20;
/** Of each room: one publishes, the others listen. */
const sessionsPerRoom = 10;
const warmUpRounds = 3;

async function offerOf(): Promise<string> {
  const file = new URL('../../../../deploy/examples/offer.json', import.meta.url);
  const envelope = fieldsOf(JSON.parse(await readFile(file, 'utf8')));
  return textOf(fieldsOf(fieldsOf(envelope['data'])['offer']), 'sdp');
}

/** What a listener answers to an offer of the server: the same, as another peer that only receives. */
function answerTo(offer: string): string {
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  return offer
    .replaceAll(/^a=ice-lite\r\n/gm, '')
    .replaceAll(/^a=candidate:.*\r\n/gm, '')
    .replaceAll(/^a=ssrc(-group)?:.*\r\n/gm, '')
    .replaceAll(/^a=ice-ufrag:.*$/gm, 'a=ice-ufrag:peer')
    .replaceAll(/^a=ice-pwd:.*$/gm, 'a=ice-pwd:abcdefghijklmnopqrstuv')
    .replaceAll(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-256 ${fingerprint}`)
    .replaceAll(/^a=setup:.*$/gm, 'a=setup:active')
    .replaceAll(/^a=sendonly$/gm, 'a=recvonly');
}

async function webSocketCommand(
  port: number,
): Promise<{ readonly command: Command; readonly close: () => Promise<void> }> {
  const client = await webSocketClient(`ws://127.0.0.1:${port}/`);
  let tid = 0;
  const send = async (envelope: object): Promise<Fields> => {
    tid += 1;
    const reply = fieldsOf(await client.request(JSON.stringify({ ...envelope, tid })));
    assert.equal(reply['result'], 'ok', JSON.stringify(reply));
    return reply['data'] === undefined ? {} : fieldsOf(reply['data']);
  };
  await send({ class: 'core', subclass: 'user', cmd: 'login', data: { user: `load-${port}` } });
  const command: Command = (name, data) => {
    const [subclass, cmd] = name.split('.');
    return send({ class: 'media', subclass, cmd, data });
  };
  return { command, close: async () => await client[Symbol.asyncDispose]() };
}

/** One room with a publisher and its listeners, used and destroyed. */
async function useRoom(command: Command, offer: string): Promise<void> {
  const { room_id } = await command('room.create', { class: 'sfu' });
  const published = await command('session.create', {
    type: 'publish',
    room_id,
    wait_reply: true,
    offer: { sdp: offer },
  });
  assert.equal(published['room'], room_id);
  const publisher_id = textOf(published, 'session_id');
  await eventually('the publisher is in its room', 5000, async () => {
    const { publishers } = await command('room.get_status', { room_id });
    assert.equal(publishers, 1);
  });
  for (let count = 1; count < sessionsPerRoom; count += 1) {
    const listening = await command('session.create', { type: 'listen', publisher_id, wait_reply: true });
    assert.equal(listening['room_id'], room_id);
    const sdp = answerTo(textOf(fieldsOf(listening['offer']), 'sdp'));
    await command('session.set_answer', { session_id: textOf(listening, 'session_id'), answer: { sdp } });
  }
  await eventually('everybody is in the room', 5000, async () => {
    const status = await command('room.get_status', { room_id });
    assert.deepEqual(status, { publishers: 1, listeners: sessionsPerRoom - 1 });
  });
  await command('room.msglog_send', { room_id, msg: { text: 'goodbye' } });
  await command('room.destroy', { room_id });
}

async function residentMiB(pid: number): Promise<number> {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

async function assertEmpty(command: Command): Promise<void> {
  assert.deepEqual(await command('session.get_list', {}), {});
  assert.deepEqual(await command('room.get_list', {}), {});
}

test(`four clients use ${rooms * sessionsPerRoom} sessions in ${rooms} rooms at once and leave nothing`, async (t) => {
  await using broker = await BrokerProcess.start({ BIFRONS_LOG_LEVEL: 'warn' });
  const { pid = 0, ports } = broker;
  await using one = await NatsCaller.connect(ports['nats'] ?? 0);
  await using other = await NatsCaller.connect(ports['nats'] ?? 0);
  const sockets = [
    await webSocketCommand(ports['commands'] ?? 0),
    await webSocketCommand(ports['commands'] ?? 0),
  ];
  const overNats = [one, other].map(
    (caller): Command =>
      (name, data) =>
        caller.command(name, data),
  );
  const clients = [...overNats, ...sockets.map(({ command }) => command)];
  const offer = await offerOf();
  const round = async (): Promise<void> => {
    const share = rooms / clients.length;
    const work = clients.map(async (command) => {
      await Promise.all(Array.from({ length: share }, () => useRoom(command, offer)));
    });
    await Promise.all(work);
  };
  for (let count = 0; count < warmUpRounds; count += 1) await round();
  const before = await residentMiB(pid);

  await round();

  await Promise.all(clients.map(assertEmpty));
  await eventually('memory is back', 30_000, async () => {
    const now = await residentMiB(pid);
    assert.ok(now <= before * 1.15, `${now.toFixed(0)} MiB after ${before.toFixed(0)} MiB`);
  });
  t.diagnostic(`${before.toFixed(0)} MiB before, ${(await residentMiB(pid)).toFixed(0)} MiB after`);
  assert.deepEqual(broker.log, []);
  for (const { close } of sockets) await close();
});
