import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Table } from '#services/kernel';
import { leftInYoungMemory } from '../../support/young-memory.ts';

/** Some 16 kB. */
function thing(): object {
  return { payload: new Array<number>(2000).fill(0.5) };
}

test('small collections take what has left, also from tables that were outgrown meanwhile', () => {
  const table = new Table<number, object>();
  let keys = 0;

  const left = leftInYoungMemory(() => {
    const entered = Array.from({ length: 8 }, () => (keys += 1));
    for (const key of entered) table.set(key, thing());
    for (const key of entered) table.delete(key);
  });

  assert.ok(left < 1_000_000, `${left} bytes of 320 things`);
});

test('it finds by key what is there, in the order in which it came', () => {
  const table = new Table<string, { readonly name: string }>();
  for (const name of ['a', 'b', 'c']) table.set(name, { name });

  assert.equal(table.delete('b'), true);
  table.set('a', { name: 'A' }).set('b', { name: 'B' });

  assert.deepEqual(
    [...table].map(([key, { name }]) => [key, name]),
    [
      ['a', 'A'],
      ['c', 'c'],
      ['b', 'B'],
    ],
  );
  assert.deepEqual([[...table.keys()], table.size, table.has('b')], [['a', 'c', 'b'], 3, true]);
  assert.equal(table.get('c')?.name, 'c');
});

test('what it does not have is neither found nor deleted', () => {
  const table = new Table<number, object>();
  table.set(1, {});
  table.clear();

  assert.deepEqual([table.has(1), table.get(1), table.delete(1), table.size], [false, undefined, false, 0]);
  assert.deepEqual([...table.values()], []);
});

test('who deletes while going through it misses none', () => {
  const table = new Table<number, object>();
  for (const key of [1, 2, 3]) table.set(key, {});
  const visited: number[] = [];

  for (const [key] of table) {
    visited.push(key);
    table.delete(key);
    table.delete(2);
  }

  assert.deepEqual([visited, table.size], [[1, 3], 0]);
});
