import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Roster, Table } from '#services/kernel';

setFlagsFromString('--expose-gc');

/** Has V8 collect young memory alone, as it does many times a second under load. */
const host = { collectYoung: (): void => assert.fail('V8 does not say how to collect') };
runInNewContext('host.collectYoung = () => gc({ type: "minor" })', { host });

/** What has come and gone in 40 rounds is of so many bytes; V8's own tables are some tens of kilobytes. */
const bytesPerThing = 16_000;
const mostBytes = 1_000_000;

function thing(): object {
  return { payload: new Array<number>(bytesPerThing / 8).fill(0.5) };
}

/** Bytes of the heap that small collections leave of what 40 times eight things were. */
function leftBy(round: () => void): number {
  host.collectYoung();
  const before = getHeapStatistics().used_heap_size;
  for (let count = 0; count < 40; count += 1) {
    round();
    host.collectYoung();
  }
  host.collectYoung();
  host.collectYoung();
  return getHeapStatistics().used_heap_size - before;
}

test('small collections take what has left a table, also from those that the table has outgrown', () => {
  const table = new Table<number, object>();
  let keys = 0;

  const left = leftBy(() => {
    const entered = Array.from({ length: 8 }, () => (keys += 1));
    for (const key of entered) table.set(key, thing());
    for (const key of entered) table.delete(key);
  });

  assert.ok(left < mostBytes, `${left} bytes of ${320 * bytesPerThing}`);
});

test('small collections take who has left a roster', () => {
  const roster = new Roster<object>();

  const left = leftBy(() => {
    const places = Array.from({ length: 8 }, () => roster.add(thing()));
    for (const place of places) place[Symbol.dispose]();
  });

  assert.ok(left < mostBytes, `${left} bytes of ${320 * bytesPerThing}`);
});

test('a table finds by key what is there, in the order in which it came', () => {
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

test('what a table does not have is neither found nor deleted', () => {
  const table = new Table<number, object>();
  table.set(1, {});
  table.clear();

  assert.deepEqual([table.has(1), table.get(1), table.delete(1), table.size], [false, undefined, false, 0]);
  assert.deepEqual([...table.values()], []);
});

test('who deletes while going through a table misses none', () => {
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

test('each entry in a roster is left once, in any order', () => {
  const roster = new Roster<{ readonly name: string }>();
  const anna = { name: 'Anna' };
  const [first, , twice] = [roster.add(anna), roster.add({ name: 'Ben' }), roster.add(anna)];
  const names = (): readonly string[] => [...roster].map(({ name }) => name);

  first[Symbol.dispose]();
  first[Symbol.dispose]();

  assert.deepEqual([names(), roster.size], [['Ben', 'Anna'], 2]);
  twice[Symbol.dispose]();
  assert.deepEqual([names(), roster.size], [['Ben'], 1]);
});
