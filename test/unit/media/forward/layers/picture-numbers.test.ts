import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PictureNumbers } from '../../../../../backend-janus/media/forward/layers/picture-numbers.ts';

function mapped(numbers: PictureNumbers, ids: readonly number[], bits: 7 | 15): readonly number[] {
  return ids.map((id) => numbers.map(id, bits) & (2 ** bits - 1));
}

test('ids move by the offset until one is left out, then close up', () => {
  const numbers = new PictureNumbers(100);
  assert.equal(new PictureNumbers(0).isIdentity, true);
  assert.deepEqual(mapped(numbers, [1, 3], 15), [101, 103]);

  numbers.leaveOut(4, 15);
  numbers.leaveOut(4, 15);

  assert.deepEqual(mapped(numbers, [5, 3, 2, 7, 6], 15), [104, 103, 102, 106, 105]);
});

for (const bits of [7, 15] as const) {
  test(`ids of ${bits} bits close up across a wrap`, () => {
    const numbers = new PictureNumbers(5);
    const last = 2 ** bits - 1;
    const out: number[] = [];
    for (let at = 0; at < 3 * 2 ** bits; at += 1) {
      const id = at & last;
      if (at % 2 === 0) out.push(numbers.map(id, bits) & last);
      else numbers.leaveOut(id, bits);
    }

    const steps = new Set(out.slice(1).map((id, at) => (id - (out[at] ?? 0)) & last));
    assert.deepEqual([...steps], [1]);
  });
}
