import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from '#services/kernel';

test('what was added is there until it is removed', () => {
  const slots = new Slots<{ readonly name: string }>();
  const places = ['a', 'b', 'c'].map((name) => slots.add({ name }));

  slots.remove(places[1] ?? NaN);

  assert.deepEqual(
    [...slots].map(({ name }) => name),
    ['a', 'c'],
  );
  assert.equal(slots.size, 2);
});

test('a place that is free is used again, so that there are no more than things at one time', () => {
  const slots = new Slots<object>();
  const seen = new Set<number>();

  for (let count = 0; count < 1000; count += 1) {
    const places = [slots.add({}), slots.add({})];
    for (const place of places) seen.add(place);
    for (const place of places) slots.remove(place);
  }

  assert.deepEqual([seen.size, slots.size, [...slots]], [2, 0, []]);
});

test('who removes while going through all of them misses none', () => {
  const slots = new Slots<{ readonly place: () => number }>();
  const places: number[] = [];
  for (const index of [0, 1, 2]) places.push(slots.add({ place: () => places[index] ?? NaN }));
  let visited = 0;

  for (const { place } of slots) {
    visited += 1;
    slots.remove(place());
  }

  assert.deepEqual([visited, slots.size], [3, 0]);
});
