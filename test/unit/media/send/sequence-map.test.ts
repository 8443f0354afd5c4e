import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SequenceMap, unmapped } from '../../../../backend-janus/media/send/sequence-map.ts';

test('packets that are left out leave no gap, lost ones do', () => {
  const map = new SequenceMap(100, 5);
  assert.equal(map.map(100), 5);
  map.leaveOut(101);
  map.leaveOut(103);
  assert.equal(map.map(104), 7);

  assert.equal(map.map(102), 6);
  assert.equal(map.map(101), unmapped);
  assert.equal(map.map(99), unmapped);
});

test('a number that is left out too late stays a gap', () => {
  const map = new SequenceMap(100, 5);
  map.map(102);
  map.leaveOut(101);

  assert.equal(map.map(103), 8);
});

test('a packet later than all that is remembered has no number', () => {
  const map = new SequenceMap(100, 5);
  map.map(100);
  for (let number = 102; number < 102 + 65; number += 1) map.leaveOut(number);
  map.map(200);

  assert.equal(map.map(101), unmapped);
  assert.equal(map.inverse(6), unmapped);
});

test('for any order, each packet has one number, in the order of the packets, and the way back finds it', () => {
  const steps = fc.array(fc.record({ ahead: fc.integer({ min: -4, max: 3 }), isLeftOut: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (plan) => {
      const map = new SequenceMap(1000, 10);
      const outs = new Map<number, number>([[1000, map.map(1000)]]);
      let highest = 1000;
      for (const { ahead, isLeftOut } of plan) {
        const number = highest + ahead;
        highest = Math.max(highest, number);
        if (isLeftOut) map.leaveOut(number);
        else if (map.map(number) !== unmapped) outs.set(number, map.map(number));
      }

      const ordered = [...outs].sort(([one], [other]) => one - other);
      for (const [index, [number, out]] of ordered.entries()) {
        assert.equal(map.map(number), out);
        assert.equal(map.inverse(out), number);
        if (index > 0) assert.ok(out > (ordered[index - 1]?.[1] ?? 0));
      }
    }),
  );
});
