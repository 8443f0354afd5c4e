import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Roster } from '#services/kernel';
import { leftInYoungMemory } from '../../support/young-memory.ts';

interface Person {
  readonly name: string;
}

function namesIn(roster: Roster<Person>): readonly string[] {
  return [...roster].map(({ name }) => name).toSorted();
}

test('small collections take who has left', () => {
  const roster = new Roster<object>();

  const left = leftInYoungMemory(() => {
    const places = Array.from({ length: 8 }, () =>
      roster.add({ payload: new Array<number>(2000).fill(0.5) }),
    );
    for (const place of places) place[Symbol.dispose]();
  });

  assert.ok(left < 1_000_000, `${left} bytes of 320 things of 16 kB`);
});

test('who entered twice is there twice, and each entry is left once', () => {
  const roster = new Roster<Person>();
  const anna = { name: 'Anna' };
  const first = roster.add(anna);
  roster.add({ name: 'Ben' });
  const second = roster.add(anna);

  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.deepEqual([namesIn(roster), roster.size], [['Anna', 'Ben'], 2]);

  roster.add({ name: 'Cara' });
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  assert.deepEqual([namesIn(roster), roster.size], [['Ben', 'Cara'], 2]);
});

test('who leaves while others are gone through keeps nobody from being met', () => {
  const roster = new Roster<Person>();
  const places = ['Anna', 'Ben', 'Cara'].map((name) => roster.add({ name }));
  const met: string[] = [];

  for (const { name } of roster) {
    met.push(name);
    places[met.length - 1]?.[Symbol.dispose]();
  }

  assert.deepEqual([met, roster.size], [['Anna', 'Ben', 'Cara'], 0]);
});
