import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, type Principal } from '#services/broker';
import { ObjectTable, type OwnedObject } from '../../../services/broker/object-table.ts';
import { settle } from '../../support/fake-clock.ts';
import { gate, never } from '../../support/registry-run.ts';

const ann: Principal = { ...anyone, tenant: 'north' };
const bob: Principal = { ...anyone, tenant: 'south' };

interface Fake extends OwnedObject<string> {
  /** What it was stopped with. */
  readonly stops: string[];
  /** All that it held is released. */
  end(): Promise<void>;
}

function fake(id: string, principal: Principal = ann): Fake {
  const { promise, resolve } = gate();
  const stops: string[] = [];
  const object = { id, ended: promise, stop: (reason: string): number => stops.push(reason) };
  const end = (): Promise<void> => {
    resolve();
    return settle();
  };
  return { object, principal, stops, end };
}

function tableOf(...entries: readonly Fake[]): ObjectTable<string, Fake> {
  const table = new ObjectTable<string, Fake>({ most: 2, plural: 'rooms' });
  for (const entry of entries) table.add(entry);
  return table;
}

test('an object is found and listed for its tenant alone', () => {
  const [mine, theirs] = [fake('a'), fake('b', bob)];
  const table = tableOf(mine, theirs);

  assert.deepEqual([table.find('a', ann), table.find('b', ann), table.get('b')], [mine, undefined, theirs]);
  assert.deepEqual([table.list(ann), table.list(bob)], [[mine], [theirs]]);
  assert.deepEqual(table.ids, ['a', 'b']);
});

test('an id is taken, and counts, until what its object held is released', async () => {
  const [first, second] = [fake('a'), fake('b')];
  const table = tableOf(first, second);
  const full = { code: 'overload', hint: 'at most 2 rooms run here at the same time' };

  assert.throws(() => table.admit(), full);
  table.release('a');
  assert.deepEqual([table.get('a'), table.isTaken('a')], [undefined, true]);
  assert.deepEqual(table.counts, { running: 1, releasing: 1 });
  assert.throws(() => table.admit(), full);
  await first.end();

  assert.equal(table.isTaken('a'), false);
  assert.deepEqual(table.counts, { running: 1, releasing: 0 });
  table.admit();
});

test('the same id may run again while nobody mixes up the two', async () => {
  const [first, second] = [fake('a'), fake('a')];
  const table = tableOf(first);
  table.release('a');
  await first.end();

  table.add(second);
  table.release('nobody');

  assert.equal(table.get('a'), second);
  assert.deepEqual(table.counts, { running: 1, releasing: 0 });
});

test('draining is over when none runs any more, whatever is still being released', async () => {
  const entry = fake('a');
  const table = tableOf(entry);
  let isOver = false;
  const drained = table.drain(never).then(() => (isOver = true));
  await settle();
  assert.equal(isOver, false);
  assert.throws(() => table.admit(), { code: 'draining' });

  table.release('a');
  await drained;

  assert.deepEqual([table.isClosed, table.counts.releasing, entry.stops], [true, 1, []]);
});

test('disposing stops those that run, once, and waits for all that are being released', async () => {
  const [leaving, running] = [fake('a'), fake('b')];
  const table = tableOf(leaving, running);
  table.release('a');
  let isOver = false;
  const disposed = table[Symbol.asyncDispose]().then(() => (isOver = true));

  await running.end();
  assert.equal(isOver, false);
  await leaving.end();
  await disposed;

  assert.deepEqual([leaving.stops, running.stops], [[], ['draining']]);
});
