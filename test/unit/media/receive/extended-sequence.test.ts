import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedSequence } from '#janus/media';
import { ExtendedSequence } from '../../../../backend-janus/media/receive/extended-sequence.ts';

function extended(...numbers: readonly number[]): readonly number[] {
  const sequence = new ExtendedSequence();
  const first = sequence.update(numbers[0] ?? 0);
  return numbers.slice(1).map((number) => {
    const one = sequence.update(number);
    return one === refusedSequence ? one : one - first;
  });
}

test('numbers go on across the wrap, and late ones go back across it', () => {
  assert.deepEqual(extended(65534, 65535, 0, 65535, 1, 65533), [1, 2, 1, 3, -1]);
});

test('a packet from just before the first one is no wrap', () => {
  assert.deepEqual(extended(0, 65535, 1), [-1, 1]);
});

test('a jump is refused until the next packet follows it', () => {
  const sequence = new ExtendedSequence();
  const first = sequence.update(10);

  assert.equal(sequence.update(20_000), refusedSequence);
  assert.equal(sequence.update(11), first + 1);
  assert.equal(sequence.update(20_000), refusedSequence);
  assert.equal(sequence.restarts, 0);
  const restarted = sequence.update(20_001);
  assert.equal(sequence.restarts, 1);
  assert.ok(restarted > first + 65_536);
  assert.equal(restarted % 65_536, 20_001);
  assert.equal(sequence.update(20_002), restarted + 1);
});

test('a far step back is a jump as well', () => {
  assert.deepEqual(extended(40_000, 100, 40_001), [refusedSequence, 1]);
});
