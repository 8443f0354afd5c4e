import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { systemClock, UdpSocketFactory } from '#services/kernel';
import { eventually } from './support/eventually.ts';
import { datagramSocketContract, type DatagramWorld } from '../contract/datagram-socket.ts';

/** Loopback answers within a millisecond; a loaded machine may need longer. */
const patienceMs = 5_000;

const nobody = { receive: () => undefined };
const anyPort = { address: '127.0.0.1', port: 0 };
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

function systemWorld(): DatagramWorld {
  return { sockets: new UdpSocketFactory(systemClock), until };
}

async function until(isDone: () => boolean): Promise<void> {
  await eventually('datagrams have travelled', patienceMs, isDone);
}

datagramSocketContract('UDP of the system', '127.0.0.1', systemWorld);
if (hasIpv6) datagramSocketContract('UDP of the system over IPv6', '::1', systemWorld);
else test('UDP of the system over IPv6', { skip: 'this machine has no ::1' }, () => undefined);

test('what the system refuses is counted', async () => {
  await using socket = await new UdpSocketFactory(systemClock).bind(anyPort, nobody);

  socket.send(Buffer.alloc(70_000), socket.local);
  socket.send(Buffer.from('a name'), { address: 'host.invalid', port: 9 });
  socket.send(Buffer.from('no port'), { address: '127.0.0.1', port: 0 });
  await until(() => socket.refused === 3);

  assert.equal(socket.errors, 0);
});

test('datagrams beyond the most in flight are dropped and counted, and memory comes back', async () => {
  let received = 0;
  const factory = new UdpSocketFactory(systemClock, { mostInFlight: 8 });
  await using receiver = await factory.bind(anyPort, { receive: () => (received += 1) });
  await using sender = await factory.bind(anyPort, nobody);

  for (let count = 0; count < 20; count += 1) sender.send(Buffer.from('x'), receiver.local);
  assert.equal(sender.refused, 12);
  await until(() => received === 8);
  for (let count = 0; count < 8; count += 1) sender.send(Buffer.from('x'), receiver.local);
  await until(() => received === 16);

  assert.equal(sender.refused, 12);
});

test('an address that is not one is refused at once', async () => {
  const factory = new UdpSocketFactory(systemClock);

  await assert.rejects(factory.bind({ address: 'host.invalid', port: 0 }, nobody), { code: 'EINVAL' });
});
