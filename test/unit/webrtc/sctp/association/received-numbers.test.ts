import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c } from '../../../../../backend-janus/webrtc/sctp/association/wire/crc32c.ts';
import { ReceivedNumbers } from '../../../../../backend-janus/webrtc/sctp/association/received-numbers.ts';

const first = 2 ** 32 - 10;

/** The same, slowly: which offsets from `first` have come. */
function expected(offsets: ReadonlySet<number>): {
  cumulative: number;
  gaps: readonly (readonly [number, number])[];
} {
  let next = 0;
  while (offsets.has(next)) next += 1;
  const gaps: [number, number][] = [];
  for (const offset of [...offsets].filter((one) => one > next).toSorted((one, other) => one - other)) {
    const last = gaps.at(-1);
    if (last?.[1] === offset - next) last[1] = offset - next + 1;
    else gaps.push([offset - next + 1, offset - next + 1]);
  }
  return { cumulative: (first + next - 1) >>> 0, gaps };
}

test('what came, in any order and across the wrap, is reported as a set would', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (offsets) => {
      const numbers = new ReceivedNumbers(first);
      const seen = new Set<number>();
      for (const offset of offsets) {
        const tsn = (first + offset) >>> 0;
        assert.equal(numbers.isNew(tsn), !seen.has(offset));
        if (!seen.has(offset)) numbers.add(tsn);
        seen.add(offset);
        assert.deepEqual({ cumulative: numbers.cumulative, gaps: numbers.gaps() }, expected(seen));
        assert.equal(numbers.hasGaps, numbers.gaps().length > 0);
      }
    }),
  );
});

test('what is skipped counts as come, however far it is', () => {
  for (const far of [1, 5, 9000, 2 ** 31 - 2]) {
    const numbers = new ReceivedNumbers(first);
    numbers.add((first + 3) >>> 0);
    numbers.skipTo((first + far) >>> 0);

    assert.equal(numbers.cumulative, (first + Math.max(far, far === 1 ? 1 : 3)) >>> 0);
    assert.equal(numbers.isNew((first + far + 2) >>> 0), far !== 1);
  }
});

test('the checksum of the usual nine digits', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});
