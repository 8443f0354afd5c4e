import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '#services/kernel';

test('numbers fill 32 bits and are drawn anew, however many are asked for', () => {
  const numbers = Array.from({ length: 4000 }, () => systemRandom.uint32());

  assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32));
  // Of 4,000 three repetitions come less than once in a million runs.
  assert.ok(new Set(numbers).size >= numbers.length - 2);
  for (let bit = 0; bit < 32; bit += 1) {
    const ones = numbers.filter((number) => (number >>> bit) % 2 === 1).length;
    assert.ok(ones > 1600 && ones < 2400, `bit ${bit}: ${ones} of 4,000`);
  }
});
