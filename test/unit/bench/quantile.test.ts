import assert from 'node:assert/strict';
import test from 'node:test';
import { median, quantile } from '../../bench/measure/quantile.ts';

test('a quantile is one of the values', () => {
  const values = [5, 1, 4, 2, 3];

  assert.deepEqual(
    [0, 0.2, 0.21, 0.5, 0.99, 1].map((share) => quantile(values, share)),
    [1, 1, 2, 3, 5, 5],
  );
  assert.equal(quantile([], 0.5), undefined);
});

test('a median of an even number of values is between two of them', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.equal(median([]), NaN);
});
