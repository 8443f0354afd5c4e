import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseRtcp,
  writeBye,
  writeFir,
  writeNack,
  writePli,
  writeReceiverReport,
  writeRemb,
  writeSenderReport,
  writeSourceDescription,
  type ReportBlock,
  type RtcpBlock,
} from '#janus/media';

type Writer = (out: Buffer, at: number) => number;

const uint32 = fc.nat(0xffffffff);
const report: fc.Arbitrary<ReportBlock> = fc.record(
  {
    ssrc: uint32,
    fractionLost: fc.nat(255),
    cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
    highestSequence: uint32,
    jitter: uint32,
    lastReport: uint32,
    delaySinceLastReport: uint32,
  },
  { noNullPrototype: true },
);
const reports = fc.array(report, { maxLength: 31 });

/** What a writer wrote behind some other bytes, parsed. */
function written(write: Writer): readonly RtcpBlock[] | undefined {
  const out = Buffer.alloc(2000, 0xee);
  const bytes = write(out, 4);
  assert.equal(out.readUInt32BE(0), 0xeeeeeeee);
  assert.equal(out.readUInt32BE(4 + bytes), 0xeeeeeeee);
  return parseRtcp(out.subarray(4, 4 + bytes));
}

test('reports are read as they were written', () => {
  fc.assert(
    fc.property(uint32, uint32, fc.nat(4e12), reports, (ssrc, rtpTimestamp, wallTimeMs, blocks) => {
      const state = { ssrc, wallTimeMs, rtpTimestamp, packets: 2 ** 32 + 3, octets: 5 };

      const [sent] = written((out, at) => writeSenderReport(out, at, state, blocks)) ?? [];
      const [received] = written((out, at) => writeReceiverReport(out, at, ssrc, blocks)) ?? [];

      assert.ok(sent?.type === 'sender_report');
      assert.equal(sent.report?.rtpTimestamp, rtpTimestamp);
      assert.ok(Math.abs(sent.report.wallTimeMs - wallTimeMs) < 0.001);
      assert.deepEqual([sent.sender, sent.packets, sent.octets], [ssrc, 3, 5]);
      assert.deepEqual(sent.reports, blocks);
      assert.deepEqual(received, { type: 'receiver_report', sender: ssrc, reports: blocks });
    }),
  );
});

test('a nack is read with the numbers that were written, also across the wrap', () => {
  const numbers = fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(fc.nat(0xffff), numbers, (first, offsets) => {
      const asked = offsets.sort((one, other) => one - other).map((offset) => (first + offset) & 0xffff);

      const blocks = written((out, at) => writeNack(out, at, 1, 2, asked));

      assert.deepEqual(blocks, [{ type: 'nack', sender: 1, media: 2, sequenceNumbers: asked }]);
    }),
  );
});

test('a bitrate is read rounded down to eighteen bits', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.array(uint32, { maxLength: 20 }), (bitsPerSecond, ssrcs) => {
      const [block] = written((out, at) => writeRemb(out, at, 1, bitsPerSecond, ssrcs)) ?? [];

      assert.ok(block?.type === 'remb');
      assert.deepEqual(block.ssrcs, ssrcs);
      assert.ok(
        block.bitsPerSecond <= bitsPerSecond && block.bitsPerSecond >= bitsPerSecond * (1 - 2 ** -17),
      );
    }),
  );
});

test('requests, descriptions and farewells are read as they were written', () => {
  assert.deepEqual(
    written((out, at) => writePli(out, at, 1, 2)),
    [{ type: 'pli', sender: 1, media: 2 }],
  );
  assert.deepEqual(
    written((out, at) => writeFir(out, at, 1, 2, 260)),
    [{ type: 'fir', sender: 1, requests: [{ ssrc: 2, number: 4 }] }],
  );
  assert.deepEqual(
    written((out, at) => writeBye(out, at, [1, 2])),
    [{ type: 'bye', ssrcs: [1, 2] }],
  );
});

test('a description holds the name and ends with a zero at a whole word', () => {
  for (const name of ['', 'a', 'ab', 'abc', 'abcd', 'bifrons', 'x'.repeat(300)]) {
    const out = Buffer.alloc(400, 0xee);
    const bytes = writeSourceDescription(out, 0, 7, name);

    assert.equal(bytes % 4, 0);
    assert.deepEqual(parseRtcp(out.subarray(0, bytes)), []);
    assert.equal(out.toString('latin1', 10, 10 + out.readUInt8(9)), name.slice(0, 255));
    assert.equal(out.readUInt8(10 + out.readUInt8(9)), 0);
  }
});

test('a writer that lacks room writes nothing', () => {
  const state = { ssrc: 1, wallTimeMs: 0, rtpTimestamp: 0, packets: 0, octets: 0 };
  const writers: readonly Writer[] = [
    (out, at) => writeSenderReport(out, at, state),
    (out, at) => writeReceiverReport(out, at, 1),
    (out, at) => writeSourceDescription(out, at, 1, 'name'),
    (out, at) => writeBye(out, at, [1]),
    (out, at) => writePli(out, at, 1, 2),
    (out, at) => writeFir(out, at, 1, 2, 3),
    (out, at) => writeNack(out, at, 1, 2, [3]),
    (out, at) => writeRemb(out, at, 1, 2, [3]),
  ];

  for (const write of writers) {
    const needed = write(Buffer.alloc(100), 0);
    const out = Buffer.alloc(needed + 3);

    assert.equal(write(out, 4), 0);
    assert.deepEqual(out, Buffer.alloc(needed + 3));
    assert.equal(write(out, 3), needed);
  }
});

test('a nack with little room lists what fits', () => {
  const out = Buffer.alloc(16);

  const bytes = writeNack(out, 0, 1, 2, [10, 11, 500, 501]);

  const [block] = parseRtcp(out.subarray(0, bytes)) ?? [];
  assert.deepEqual(block?.type === 'nack' && block.sequenceNumbers, [10, 11]);
});
