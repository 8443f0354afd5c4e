import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitrateMeter } from '#janus/media';

test('a steady stream has its rate after a second', () => {
  const meter = new BitrateMeter();
  for (let now = 50_000; now <= 52_000; now += 10) meter.add(125, now);

  assert.ok(Math.abs(meter.bitsPerSecond(52_000) - 100_000) < 2000);
});

test('a stream that stops has no rate after a second', () => {
  const meter = new BitrateMeter();
  meter.add(125_000, 0);

  assert.equal(meter.bitsPerSecond(99), 1_000_000 / 0.999);
  assert.equal(meter.bitsPerSecond(999), 1_000_000 / 0.999);
  assert.equal(meter.bitsPerSecond(1000), 0);
  assert.equal(meter.bitsPerSecond(3_600_000), 0);
});
