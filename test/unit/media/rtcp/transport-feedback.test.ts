import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRtcp, writeTransportFeedback, type TransportFeedback } from '#janus/media';

const room = 1200;

function written(arrivals: readonly number[], firstNumber = 100): Buffer {
  const out = Buffer.alloc(room, 0xee);
  const bytes = writeTransportFeedback(
    out,
    0,
    1,
    2,
    firstNumber,
    7,
    new Float64Array(arrivals),
    arrivals.length,
  );
  return out.subarray(0, bytes);
}

function read(packet: Buffer): TransportFeedback | undefined {
  const [block] = parseRtcp(packet) ?? [];
  return block?.type === 'transport_feedback' ? block.feedback : undefined;
}

/** A feedback packet of so many claimed statuses with this body after its header. */
function claiming(count: number, body: string): Buffer {
  const rest = Buffer.from(body.replaceAll(' ', ''), 'hex');
  const packet = Buffer.alloc(20 + 4 * Math.ceil(rest.length / 4));
  packet.set([0x8f, 205, 0, packet.length / 4 - 1]);
  packet.writeUInt16BE(count, 14);
  rest.copy(packet, 20);
  return packet;
}

test('a receiver of one packet after another writes one run', () => {
  const packet = written([64, 65, 66]);

  assert.equal(packet.toString('hex'), '8fcd0006000000010000000200640003000001072003000404000000');
  assert.deepEqual(read(packet)?.arrivals, new Float64Array([64, 65, 66]));
});

test('what was written is read to a quarter of a millisecond, whatever was lost or overtaken', () => {
  const gap = fc.oneof(
    { weight: 4, arbitrary: fc.nat(60) },
    fc.integer({ min: -2000, max: 4000 }),
    fc.constant(NaN),
  );

  fc.assert(
    fc.property(fc.array(gap, { maxLength: 400 }), fc.nat(0xffff), fc.nat(2 ** 30), (gaps, first, start) => {
      const arrivals = [start / 7, ...gaps.slice(1).map((step) => (start + step) / 7)];
      const feedback = read(written(arrivals, first));

      assert.equal(feedback?.firstNumber, first);
      assert.equal(feedback.arrivals.length, arrivals.length);
      const scale = 2 ** 24 * 64;
      for (const [index, arrival] of arrivals.entries()) {
        const away = (((feedback.arrivals[index] ?? 0) - arrival + scale / 2) % scale) - scale / 2;
        assert.ok(
          Number.isNaN(arrival) ? Number.isNaN(away) : Math.abs(away) <= 0.1251,
          `${away} at ${index}`,
        );
      }
    }),
  );
});

test('a packet reports 400 arrivals at most, and none without the room for so many', () => {
  const many = Array.from({ length: 1000 }, (_, index) => 300 * (index % 2));

  assert.equal(read(written(many))?.arrivals.length, 400);
  assert.ok(written(many).length <= 942);
  assert.equal(writeTransportFeedback(Buffer.alloc(900), 0, 1, 2, 3, 4, new Float64Array(1), 1), 0);
});

test('a time before zero, as a clock may begin with, is a time like others', () => {
  const feedback = read(written([-100, -99.5]));

  assert.deepEqual(feedback?.arrivals, new Float64Array([-100, -99.5]));
});

test('chunks and deltas that do not add up refuse the packet', () => {
  const wrong: Record<string, Buffer> = {
    'no chunk': claiming(1, ''),
    'no delta': claiming(20, '2014 0000'),
    'one delta for two': claiming(2, '4002 0001'),
    'a run of nothing': claiming(1, '2000 2001'),
    'a reserved status': claiming(1, '6001 0000'),
  };
  for (const [name, packet] of Object.entries(wrong)) assert.equal(parseRtcp(packet), undefined, name);
});

test('a sender is told of 2,048 packets at most, however many a packet claims', () => {
  const lost = read(claiming(0xffff, `${'1fff'.repeat(8)}1fff`));

  assert.equal(lost?.arrivals.length, 2048);
  assert.ok(lost.arrivals.every((arrival) => Number.isNaN(arrival)));
  assert.equal(read(claiming(0, ''))?.arrivals.length, 0);
});

test('the padding of Chromium, which is less than a word, is not taken for deltas', () => {
  const packet = written([64, 65, 66]);
  packet.writeUInt8(0xaf, 0);
  packet.writeUInt8(3, packet.length - 1);

  assert.deepEqual(read(packet)?.arrivals, new Float64Array([64, 65, 66]));
});

test('any chunks and deltas are read or refused, never thrown', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.uint8Array({ maxLength: 300 }), (count, body) => {
      const packet = claiming(count, Buffer.from(body).toString('hex'));
      const beside = Buffer.concat([packet, Buffer.alloc(64, 0xff)]).subarray(0, packet.length);

      assert.deepEqual(parseRtcp(beside), parseRtcp(packet));
    }),
    { numRuns: 2000 },
  );
});
