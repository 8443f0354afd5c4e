import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UdpSocketMemory } from '../../../services/kernel/udp-socket.ts';

test('what is lent stays as it was, whatever the caller does to its own', () => {
  const memory = new UdpSocketMemory(2);
  const own = Buffer.from('one');

  const first = memory.lend(own);
  own.write('two');
  const second = memory.lend(own);

  assert.equal(first?.toString(), 'one');
  assert.equal(second?.toString(), 'two');
});

test('a full ring lends nothing until the oldest is back', () => {
  const memory = new UdpSocketMemory(2);
  memory.lend(Buffer.from('a'));
  memory.lend(Buffer.from('b'));

  assert.equal(memory.lend(Buffer.from('c')), undefined);
  memory.takeBackOldest();
  assert.equal(memory.lend(Buffer.from('d'))?.toString(), 'd');
  assert.equal(memory.lend(Buffer.from('e')), undefined);
});

test('large datagrams count like others', () => {
  const memory = new UdpSocketMemory(1);

  assert.equal(memory.lend(Buffer.alloc(60_000, 1))?.length, 60_000);
  assert.equal(memory.lend(Buffer.from('a')), undefined);
  memory.takeBackOldest();
  assert.equal(memory.lend(Buffer.from('a'))?.length, 1);
});
