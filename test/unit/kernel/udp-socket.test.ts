import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UdpSocketMemory } from '../../../services/kernel/datagram/udp-socket.ts';

test('what is kept stays as it was, whatever the caller does to its own', () => {
  const memory = new UdpSocketMemory(2);
  const own = Buffer.from('one');

  const first = memory.keep(own);
  own.write('two');
  const second = memory.keep(own);

  assert.equal(first?.toString(), 'one');
  assert.equal(second?.toString(), 'two');
});

test('what was written into the next slot is kept there, and the one after is another', () => {
  const memory = new UdpSocketMemory(2);
  const slot = memory.next;
  slot?.write('one');

  const kept = memory.keep(slot?.subarray(0, 3) ?? Buffer.alloc(0));
  memory.next?.write('two');

  assert.equal(kept?.buffer, slot?.buffer);
  assert.equal(kept?.toString(), 'one');
});

test('a slot that was lent and not used is copied into by the next', () => {
  const memory = new UdpSocketMemory(1);
  memory.next?.write('unsent');

  assert.equal(memory.keep(Buffer.from('sent'))?.toString(), 'sent');
});

test('a full ring keeps nothing until the oldest is back', () => {
  const memory = new UdpSocketMemory(2);
  memory.keep(Buffer.from('a'));
  memory.keep(Buffer.from('b'));

  assert.equal(memory.keep(Buffer.from('c')), undefined);
  assert.equal(memory.next, undefined);
  memory.giveBackOldest();
  assert.equal(memory.keep(Buffer.from('d'))?.toString(), 'd');
  assert.equal(memory.keep(Buffer.from('e')), undefined);
});

test('large datagrams count like others', () => {
  const memory = new UdpSocketMemory(1);

  assert.equal(memory.keep(Buffer.alloc(60_000, 1))?.length, 60_000);
  assert.equal(memory.keep(Buffer.from('a')), undefined);
  memory.giveBackOldest();
  assert.equal(memory.keep(Buffer.from('a'))?.length, 1);
});
