// A process full of clients: makes COUNT sessions of the broker whose ports are in the environment, says so on its
// standard output, and goes on until it is stopped.
import assert from 'node:assert/strict';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { world } from '../hostile/attacks.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf, type Fields } from '../support/nats-caller.ts';
import { webSocketClient } from '../transport/web-socket-client.ts';

const count = Number(process.env['COUNT']);
const together = 8;

const nats = await NatsCaller.connect(Number(process.env['NATS_PORT']));

type Create = (offer: string) => Promise<Fields>;

function data(sdp: string): object {
  return { type: 'echo', wait_reply: true, offer: { sdp } };
}

/** A session that belongs to no connection. */
const overNats: Create = (offer) => nats.command('session.create', data(offer));

/** A session that ends with its WebSocket. */
const overWebSocket: Create = async (offer) => {
  const client = await webSocketClient(`ws://127.0.0.1:${process.env['COMMAND_PORT'] ?? ''}/`);
  await client.request(JSON.stringify({ class: 'core', subclass: 'user', cmd: 'login', tid: 1 }));
  const create = { class: 'media', subclass: 'session', cmd: 'create', tid: 2, data: data(offer) };
  const reply = fieldsOf(await client.request(JSON.stringify(create)));
  assert.equal(reply['result'], 'ok', JSON.stringify(reply));
  return fieldsOf(reply['data']);
};

/** Every third never comes to its call. */
async function appear(number: number): Promise<void> {
  const peer = await HostilePeer.open(world);
  const reply = await (number % 2 === 0 ? overNats : overWebSocket)(peer.offer);
  peer.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
  if (number % 3 === 2) return;
  peer.start();
  await eventually('the peer is connected', 20_000, () => peer.isConnected);
}

let next = 0;
const worker = async (): Promise<void> => {
  while (next < count) await appear(next++);
};
await Promise.all(Array.from({ length: together }, worker));
process.stdout.write('ready\n');
