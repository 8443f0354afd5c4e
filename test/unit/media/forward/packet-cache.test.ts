import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PacketCache } from '../../../../backend-janus/media/forward/packet-cache.ts';

function cache(): PacketCache {
  return new PacketCache({ packets: 64, mostBytes: 0x10000 });
}

test('a packet is found as it was, with the time it came', () => {
  const packets = cache();
  const packet = Buffer.from('media');
  packets.store(packet, 65_535, 10);
  packet.fill(0);

  assert.equal(packets.find(65_535)?.toString(), 'media');
  assert.equal(packets.arrivalOf(65_535), 10);
  assert.equal(packets.find(65_534), undefined);
  assert.equal(packets.arrivalOf(65_534), 0);
});

test('a packet is kept until one comes that is a second younger', () => {
  const packets = cache();
  packets.store(Buffer.from('a'), 1, 0);
  packets.store(Buffer.from('b'), 2, 1000);
  assert.equal(packets.find(1)?.toString(), 'a');

  packets.store(Buffer.from('c'), 3, 1001);

  assert.equal(packets.find(1), undefined);
  assert.equal(packets.find(2)?.toString(), 'b');
});

test('a duplicate is told, the same number of the next cycle is none', () => {
  const packets = cache();
  assert.equal(packets.store(Buffer.from('a'), 1, 0), true);
  assert.equal(packets.store(Buffer.from('b'), 1, 9999), false);
  assert.equal(packets.find(1)?.toString(), 'a');

  assert.equal(packets.store(Buffer.from('c'), 1, 10_000), true);
});

test('memory grows with the rate of the stream up to its bound, and is given back', () => {
  const slow = cache();
  const fast = cache();
  assert.equal(slow.capacity, 0);
  for (let number = 0; number < 500; number += 1) {
    slow.store(Buffer.alloc(1000), number, number * 100);
    fast.store(Buffer.alloc(1000), number, number);
  }

  assert.equal(slow.capacity, 0x4000);
  assert.equal(fast.capacity, 0x10000);
  fast.release();
  assert.equal(fast.capacity, 0);
  assert.equal(fast.find(499), undefined);
});

test('packets are found as they were after memory has grown in any lap', () => {
  for (const slowPackets of [0, 16, 32, 48]) {
    const packets = cache();
    for (let number = 0; number < slowPackets + 20; number += 1) {
      const now = number < slowPackets ? 100 * number : 100 * slowPackets + number;
      packets.store(Buffer.alloc(1000, number), number, now);
    }

    assert.equal(packets.capacity, 0x8000);
    assert.deepEqual(packets.find(slowPackets + 10), Buffer.alloc(1000, slowPackets + 10));
  }
});

test('what is found is always what was stored, however packets come', () => {
  const step = fc.record({
    number: fc.nat(200),
    bytes: fc.integer({ min: 12, max: 1500 }),
    pauseMs: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const packets = cache();
      const stored = new Map<number, Buffer>();
      let now = 0;
      for (const [index, { number, bytes, pauseMs }] of steps.entries()) {
        now += pauseMs;
        const packet = Buffer.alloc(bytes, index);
        if (packets.store(packet, number, now)) stored.set(number, packet);
        assert.deepEqual(packets.find(number), stored.get(number));
      }
      for (const [number, packet] of stored) assert.deepEqual(packets.find(number) ?? packet, packet);
    }),
    { numRuns: 50 },
  );
});

test('what was found stays as it is while a burst is stored', () => {
  const packets = cache();
  for (let number = 0; number < 60; number += 1) packets.store(Buffer.alloc(1200, number), number, number);
  const found = Array.from({ length: 60 }, (_, number) => packets.find(number)).filter(
    (packet) => packet !== undefined,
  );
  const before = found.map((packet) => Buffer.from(packet));

  for (let number = 60; number < 66; number += 1) packets.store(Buffer.alloc(1200, number), number, 60);

  assert.ok(found.length > 20);
  assert.deepEqual(found, before);
});
