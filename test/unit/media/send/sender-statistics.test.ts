import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundTripMs, SenderStatistics, type ReportBlock } from '#janus/media';

const block: ReportBlock = {
  ssrc: 1,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastReport: 0xb7052000,
  delaySinceLastReport: 0x00054000,
};

/** The arrival of that report in the example of RFC 3550 section 6.4.1. */
const arrivalMs = Date.UTC(1995, 10, 10, 11, 33, 36, 500);

test('a sender report tells the timestamp that belongs to the time of the report', () => {
  const statistics = new SenderStatistics(9, 90_000);
  assert.equal(statistics.report(0, 7000), undefined);
  statistics.sent(0xffffffff, 100, 1000);
  statistics.sent(0xffffffff, 50, 1010);

  assert.deepEqual(statistics.report(1500, 8500), {
    ssrc: 9,
    wallTimeMs: 8500,
    rtpTimestamp: 44_999,
    packets: 2,
    octets: 150,
  });
});

test('a late packet is counted and does not turn the time back', () => {
  const statistics = new SenderStatistics(9, 1000);
  statistics.sent(500, 10, 1000);
  statistics.sent(400, 10, 1100);

  assert.equal(statistics.report(1100, 0)?.rtpTimestamp, 600);
});

test('a wall clock that is set does not move the timestamps, unless they are tied to it', () => {
  const statistics = new SenderStatistics(9, 1000);
  statistics.sent(500, 10, 1000);
  assert.equal(statistics.report(1100, 3_600_000)?.rtpTimestamp, 600);

  statistics.tie(700, 5000);
  statistics.sent(800, 10, 1200);
  assert.equal(statistics.report(1300, 5100)?.rtpTimestamp, 800);
});

test('another codec has another clock', () => {
  const statistics = new SenderStatistics(9, 48_000);
  statistics.sent(0, 10, 1000);
  statistics.clockRate = 8000;

  assert.equal(statistics.report(2000, 0)?.rtpTimestamp, 8000);
});

test('the example of RFC 3550 takes 6.125 s', () => {
  assert.equal(roundTripMs(block, arrivalMs), 6125);
});

test('a report that answers no sender report tells no round-trip time', () => {
  assert.equal(roundTripMs({ ...block, lastReport: 0 }, arrivalMs), undefined);
});

test('a report from the future is no time, one far from the present is nonsense', () => {
  assert.equal(roundTripMs({ ...block, delaySinceLastReport: 0x000b6300 }, arrivalMs), 0);
  assert.equal(roundTripMs({ ...block, delaySinceLastReport: 0x70000000 }, arrivalMs), undefined);
  assert.equal(roundTripMs(block, arrivalMs + 120_000), undefined);
});
