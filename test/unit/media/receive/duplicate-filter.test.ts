import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DuplicateFilter } from '../../../../backend-janus/media/receive/duplicate-filter.ts';

test('each number passes once, in whatever order it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(900), { maxLength: 300 }), (numbers) => {
      const filter = new DuplicateFilter();
      const seen = new Set<number>();
      for (const number of numbers) {
        assert.equal(filter.note(70_000 + number), !seen.has(number));
        seen.add(number);
      }
    }),
  );
});

test('a number that is too old to tell counts as a duplicate', () => {
  const filter = new DuplicateFilter();
  filter.note(5000);

  assert.equal(filter.note(5000 - 1024), false);
  assert.equal(filter.note(5000 - 1023), true);
});

test('after a leap the places of forgotten numbers are free again', () => {
  const filter = new DuplicateFilter();
  for (let number = 0; number < 1024; number += 1) filter.note(number);

  assert.equal(filter.note(1030), true);
  assert.equal(filter.note(1025), true);
  assert.equal(filter.note(1023), false);
  assert.equal(filter.note(9000), true);
  assert.equal(filter.note(8999), true);
});
