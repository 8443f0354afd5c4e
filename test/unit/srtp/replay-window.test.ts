import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from '../../../backend-janus/srtp/replay-window.ts';

test('the window agrees with a set of all that was seen, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 300 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      let at = 2 ** 31;
      for (const step of steps) {
        at += step;
        const isFresh = !seen.has(at) && highest - at < 128;
        assert.equal(window.isFresh(at), isFresh);
        if (!isFresh) continue;
        window.add(at);
        seen.add(at);
        highest = Math.max(highest, at);
      }
    }),
  );
});

test('a sequence number belongs to the turn it is closest to', () => {
  const cases = [
    [0x2_0000, 0x0001, 0x2_0001],
    [0x2_0000, 0xffff, 0x1_ffff],
    [0x2_ffff, 0x0000, 0x3_0000],
    [0x2_7fff, 0x8000, 0x2_8000],
    [0x2_0000, 0x8000, 0x2_8000],
    [0x2_0000, 0x8001, 0x1_8001],
    [0x2_8000, 0x0000, 0x2_0000],
    [0x2_8001, 0x0000, 0x3_0000],
  ] as const;

  for (const [highest, sequenceNumber, index] of cases) {
    const window = new ReplayWindow();
    window.add(highest);
    assert.equal(window.indexOf(sequenceNumber), index);
  }
});

test('before the first turn there is no earlier one', () => {
  const window = new ReplayWindow();
  assert.equal(window.indexOf(0xfff0), 0xfff0);
  window.add(3);

  assert.equal(window.indexOf(0xfff0), 0xfff0);
});
