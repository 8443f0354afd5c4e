import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRtcp } from '#janus/media';

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

const senderReport = bytes(
  '81c8000c 00000001 b44db705 20000000 00001000 00000010 00000200' +
    '00000002 40ffffff 00010005 00000007 b7052000 00054000',
);
const description = bytes('81ca0003 00000001 01026162 00000000');
const bye = bytes('82cb0002 00000001 00000002');
const nack = bytes('81cd0004 00000001 00000002 ffff0003 00100000');
const transportFeedback = bytes('8fcd0006 00000001 00000002 fffe0003 00000207 d20004ff f0000000');
const pli = bytes('81ce0002 00000001 00000002');
const fir = bytes('84ce0004 00000001 00000000 00000002 07000000');
const remb = bytes('8fce0005 00000001 00000000 52454d42 0108f424 00000002');
const application = bytes('80cc0002 00000001 41424344');
const compound = Buffer.concat([
  senderReport,
  description,
  nack,
  transportFeedback,
  pli,
  fir,
  remb,
  application,
  bye,
]);

test('a compound packet is read block by block, and what nobody acts on is skipped', () => {
  const blocks = parseRtcp(compound);

  assert.deepEqual(blocks, [
    {
      type: 'sender_report',
      sender: 1,
      report: { rtpTimestamp: 0x1000, wallTimeMs: Date.UTC(1995, 10, 10, 11, 33, 25, 125) },
      ntpMiddle: 0xb7052000,
      packets: 16,
      octets: 512,
      reports: [
        {
          ssrc: 2,
          fractionLost: 64,
          cumulativeLost: -1,
          highestSequence: 65541,
          jitter: 7,
          lastReport: 0xb7052000,
          delaySinceLastReport: 0x00054000,
        },
      ],
    },
    { type: 'nack', sender: 1, media: 2, sequenceNumbers: [0xffff, 0, 1, 16] },
    {
      type: 'transport_feedback',
      sender: 1,
      media: 2,
      feedback: { firstNumber: 0xfffe, count: 7, arrivals: new Float64Array([129, NaN, 125]) },
    },
    { type: 'pli', sender: 1, media: 2 },
    { type: 'fir', sender: 1, requests: [{ ssrc: 2, number: 7 }] },
    { type: 'remb', sender: 1, bitsPerSecond: 250_000, ssrcs: [2] },
    { type: 'bye', ssrcs: [1, 2] },
  ]);
});

test('a sender without a clock ties no timestamp to wall-clock time', () => {
  const clockless = Buffer.from(senderReport).fill(0, 8, 16);

  const [block] = parseRtcp(clockless) ?? [];

  assert.equal(block?.type === 'sender_report' && block.report, undefined);
});

test('lengths that do not add up refuse the whole packet', () => {
  const wrong: Record<string, Buffer> = {
    'nothing at all': Buffer.alloc(0),
    'a wrong version': Buffer.from(pli).fill(0x41, 0, 1),
    'more report blocks than bytes': Buffer.from(senderReport).fill(0x82, 0, 1),
    'more leaving streams than bytes': Buffer.from(bye).fill(0x83, 0, 1),
    'a nack of nothing': bytes('81cd0002 00000001 00000002'),
    'a fir of nothing': bytes('84ce0002 00000001 00000000'),
    'half a fir': bytes('84ce0003 00000001 00000000 00000002'),
    'feedback without media': bytes('81ce0001 00000001'),
    'a remb with more streams than bytes': Buffer.from(remb).fill(2, 16, 17),
    'padding before the last block': Buffer.concat([bytes('a1ce0003 00000001 00000002 00000004'), bye]),
    'padding of no whole words': bytes('a1ce0003 00000001 00000002 00000003'),
    'padding of nothing': bytes('a1ce0003 00000001 00000002 00000000'),
    'padding beyond the block': bytes('a1ce0003 00000001 00000002 00000010'),
  };

  for (const [name, packet] of Object.entries(wrong)) assert.equal(parseRtcp(packet), undefined, name);
});

test('the last block may be padded', () => {
  assert.deepEqual(parseRtcp(bytes('a1ce0003 00000001 00000002 00000004')), [
    { type: 'pli', sender: 1, media: 2 },
  ]);
});

test('more than 32 blocks are refused', () => {
  assert.equal(parseRtcp(Buffer.concat(Array.from({ length: 32 }, () => pli)))?.length, 32);
  assert.equal(parseRtcp(Buffer.concat(Array.from({ length: 33 }, () => pli))), undefined);
});

test('one nack lists at most 512 numbers', () => {
  const entries = Buffer.alloc(4 * 300, 0xff);
  const header = bytes('81cd012e 00000001 00000002');

  const [block] = parseRtcp(Buffer.concat([header, entries])) ?? [];

  assert.equal(block?.type === 'nack' && block.sequenceNumbers.length, 512);
});

test('a packet cut anywhere but between its blocks is refused', () => {
  const ends = new Set<number>();
  for (let at = 0; at < compound.length;) ends.add((at += 4 + 4 * compound.readUInt16BE(at + 2)));

  for (let length = 0; length < compound.length; length += 1) {
    const blocks = parseRtcp(compound.subarray(0, length));
    assert.equal(blocks !== undefined, ends.has(length), `at ${length} bytes`);
  }
});

test('any byte in any place is read or refused, never thrown', () => {
  for (let at = 0; at < compound.length; at += 1) {
    for (let value = 0; value < 256; value += 1) parseRtcp(Buffer.from(compound).fill(value, at, at + 1));
  }
});

test('what follows the packet in its buffer changes nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(compound.length), (noise, at) => {
      const packet = Buffer.concat([compound.subarray(0, at), noise]);
      const beside = Buffer.concat([packet, Buffer.alloc(64, 0x81)]).subarray(0, packet.length);

      assert.deepEqual(parseRtcp(beside), parseRtcp(packet));
    }),
  );
});

/** One block of any type and format, with any body. */
const anyBlock = fc
  .tuple(
    fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207),
    fc.nat(31),
    fc.uint8Array({ maxLength: 160 }),
  )
  .map(([type, format, body]) => {
    const block = Buffer.alloc(4 + 4 * Math.ceil(body.length / 4));
    block.set([0x80 | format, type, 0, block.length / 4 - 1]);
    block.set(body, 4);
    return block;
  });

test('a body of any kind is read within its bounds, and tells no more than its bytes can', () => {
  fc.assert(
    fc.property(fc.array(anyBlock, { minLength: 1, maxLength: 6 }), (parts) => {
      const packet = Buffer.concat(parts);
      const beside = Buffer.concat([packet, Buffer.alloc(64, 0xff)]).subarray(0, packet.length);
      const blocks = parseRtcp(packet);

      assert.deepEqual(parseRtcp(beside), blocks);
      for (const block of blocks ?? []) {
        if (block.type === 'nack') assert.ok(block.sequenceNumbers.length <= (17 * packet.length) / 4);
        if (block.type === 'transport_feedback') assert.ok(block.feedback.arrivals.length <= 2048);
      }
    }),
    { numRuns: 3000 },
  );
});
