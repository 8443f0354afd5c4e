import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceptionStatistics, refusedSequence } from '#janus/media';

test('losses are counted in all and as a fraction since the last report', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  for (const number of [100, 101, 103, 104]) statistics.received(number, 0, 10, 0);
  const first = statistics.report(0);
  for (const number of [105, 106, 107]) statistics.received(number, 0, 10, 0);
  const second = statistics.report(0);

  // 5 expected, 4 received: 1/5 of 256 is 51; then 3 of 3.
  assert.deepEqual([first?.fractionLost, first?.cumulativeLost, first?.highestSequence], [51, 1, 104]);
  assert.deepEqual([second?.fractionLost, second?.cumulativeLost, second?.highestSequence], [0, 1, 107]);
  assert.deepEqual([statistics.packets, statistics.octets, statistics.lost], [7, 70, 1]);
});

test('the highest number counts wraps', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  statistics.received(65535, 0, 10, 0);
  statistics.received(0, 0, 10, 0);

  assert.equal(statistics.report(0)?.highestSequence, 65536);
});

test('a retransmission mends its loss and leaves the jitter alone', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  statistics.received(1, 0, 10, 0);
  statistics.received(3, 320, 10, 40);
  statistics.repaired(2, 10);

  assert.equal(statistics.report(200)?.cumulativeLost, 0);
  assert.equal(statistics.jitterMs, 0);
});

test('a duplicate is told and not counted', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  assert.notEqual(statistics.received(1, 0, 10, 0), refusedSequence);

  assert.equal(statistics.received(1, 0, 10, 0), refusedSequence);
  assert.equal(statistics.repaired(1, 10), refusedSequence);
  assert.deepEqual([statistics.packets, statistics.duplicates, statistics.lost], [1, 2, 0]);
});

test('jitter is the smoothed difference of transit times', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  // Sent every 20 ms; arrive after 0, 30 and 40 ms: the transit differs by 10 ms twice, which is 80 units.
  statistics.received(1, 0xffffffff, 10, 0);
  statistics.received(2, 159, 10, 30);
  statistics.received(3, 319, 10, 40);

  // 80/16 = 5, then 5 + (80 - 5)/16 = 9.6875.
  assert.equal(statistics.jitterMs, 9.6875 / 8);
  assert.equal(statistics.report(40)?.jitter, 9);
});

test('a report block repeats the last sender report and how long ago it came', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  statistics.received(1, 0, 10, 0);
  assert.deepEqual([statistics.report(10)?.lastReport, statistics.report(10)?.delaySinceLastReport], [0, 0]);

  statistics.senderReport(0xb7052000, 1000);

  // The example of RFC 3550 section 6.4.1: 5.250 s are 0x00054000.
  const report = statistics.report(6250);
  assert.equal(report?.lastReport, 0xb7052000);
  assert.equal(report.delaySinceLastReport, 0x00054000);
});

test('a restarted stream is counted anew, and nothing is reported of one that never began', () => {
  const statistics = new ReceptionStatistics(7, 8000);
  assert.equal(statistics.report(0), undefined);
  statistics.received(1, 0, 10, 0);
  statistics.received(5, 0, 10, 0);
  statistics.received(30_000, 0, 10, 0);
  statistics.received(30_001, 0, 10, 0);

  const report = statistics.report(0);
  assert.deepEqual([report?.cumulativeLost, report?.fractionLost], [0, 0]);
});

test('retransmissions that come far too late begin no new stream', () => {
  const statistics = new ReceptionStatistics(1, 90_000);
  for (let number = 0; number < 3000; number += 1) statistics.received(number, 0, 1, 0);

  assert.deepEqual(
    [1500, 1501, 1502].map((number) => statistics.repaired(number, 1)),
    [-1, -1, -1],
  );
  assert.equal(statistics.received(3000, 0, 1, 0), 0x10000 + 3000);
  assert.equal(statistics.lost, 0);
});
