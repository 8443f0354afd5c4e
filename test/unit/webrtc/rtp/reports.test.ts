import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ntpMiddle,
  writeBye,
  writeReceiverReport,
  writeSenderReport,
  type ReportBlock,
  type RtcpBlock,
  type StreamPlan,
} from '#janus/media';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RawMediaPeer } from '../../../support/raw-media-peer.ts';
import { rtpBytes } from '../../../support/rtp-stream.ts';

const video: StreamPlan = { kind: 'video', direction: 'sendrecv', codecs: ['VP8'] };
const theirs = 77;

function start(slowLinkThreshold = 0): { clock: FakeClock; peer: RawMediaPeer } {
  const clock = new FakeClock();
  clock.advance(10_000);
  return { clock, peer: new RawMediaPeer(clock, [video], { slowLinkThreshold }) };
}

/** Sends packets of these numbers, 10 ms apart, each with the timestamp of its number. */
function send(peer: RawMediaPeer, clock: FakeClock, ...numbers: readonly number[]): void {
  for (const sequenceNumber of numbers) {
    peer.rtp(rtpBytes({ sequenceNumber, timestamp: 900 * sequenceNumber, ssrc: theirs }));
    clock.advance(10);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function sendOurs(peer: RawMediaPeer, sequenceNumber: number): void {
  const sender = peer.media.sender('0');
  const packet = rtpBytes({
    sequenceNumber,
    timestamp: 900,
    ssrc: sender.parameters.ssrc,
    payload: [1, 2, 3],
  });
  sender.send(packet, 12, packet, 12);
}

function written(write: (out: Buffer) => number): Buffer {
  const out = Buffer.alloc(200);
  return out.subarray(0, write(out));
}

function blocksOf<T extends RtcpBlock['type']>(
  peer: RawMediaPeer,
  type: T,
): Extract<RtcpBlock, { type: T }>[] {
  return peer.take().rtcp.filter((block): block is Extract<RtcpBlock, { type: T }> => block.type === type);
}

/** Those of our receiver reports; feedback has an empty one before it. */
function reportsOf(peer: RawMediaPeer): readonly ReportBlock[] {
  return blocksOf(peer, 'receiver_report').flatMap(({ reports }) => reports);
}

const none: Omit<ReportBlock, 'ssrc'> = {
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastReport: 0,
  delaySinceLastReport: 0,
};

test('a report tells losses, jitter and the last sender report by the formulas of RFC 3550', () => {
  const { clock, peer } = start();
  send(peer, clock, ...range(65_530, 65_536), ...range(65_538, 65_546));
  const report = { ssrc: theirs, wallTimeMs: 5_000_000, rtpTimestamp: 1, packets: 1, octets: 1 };
  peer.rtcp(written((out) => writeSenderReport(out, 0, report)));
  clock.advance(250);

  peer.media.tick(clock.now());

  // Of 16 expected two did not come: 2/16 is 32/256. The step after the gap is 30 ms of timestamps in 10 ms:
  // 1,800 units, a sixteenth of which decays by fifteen sixteenths for each packet that follows.
  const jitter = (1800 / 16) * (15 / 16) ** 7;
  assert.deepEqual(reportsOf(peer), [
    {
      ssrc: theirs,
      fractionLost: 32,
      cumulativeLost: 2,
      highestSequence: 0x10000 + 9,
      jitter: Math.floor(jitter),
      lastReport: ntpMiddle(5_000_000),
      delaySinceLastReport: 0.25 * 65_536,
    },
  ]);

  send(peer, clock, ...range(65_546, 65_556));
  peer.media.tick(clock.now());
  const [next] = reportsOf(peer);
  assert.equal(next?.fractionLost, 0);
  assert.equal(next.cumulativeLost, 2);
});

test('a sender report ties the timestamps to the time it is sent at, and counts', () => {
  const { clock, peer } = start();
  sendOurs(peer, 1);
  sendOurs(peer, 2);
  clock.advance(500);

  peer.media.tick(clock.now());

  const [report] = blocksOf(peer, 'sender_report');
  assert.equal(report?.sender, peer.media.sender('0').parameters.ssrc);
  assert.equal(report.report?.wallTimeMs, clock.wallTime());
  assert.equal(report.report.rtpTimestamp, 900 + 45_000);
  assert.equal(report.packets, 2);
  assert.equal(report.octets, 6);
});

test('the answer to a sender report tells the round trip, the losses and the jitter at the far end', () => {
  const { clock, peer } = start();
  sendOurs(peer, 1);
  peer.media.tick(clock.now());
  const lastReport = ntpMiddle(clock.wallTime());
  clock.advance(180);
  const { ssrc } = peer.media.sender('0').parameters;
  const answer = {
    ...none,
    ssrc,
    lastReport,
    delaySinceLastReport: 0.1 * 65_536,
    cumulativeLost: 9,
    jitter: 450,
  };

  peer.rtcp(written((out) => writeReceiverReport(out, 0, theirs, [answer])));

  const { roundTripMs, streams } = peer.media.stats();
  assert.ok(Math.abs((roundTripMs ?? 0) - 80) < 0.1, `${roundTripMs} ms`);
  assert.equal(streams[0]?.packetsLost, 9);
  assert.equal(streams[0].jitterMs, 5);
});

test('what arrives and what is sent is counted stream by stream', () => {
  const { clock, peer } = start();
  peer.media.tick(clock.now());
  send(peer, clock, ...range(0, 50), ...range(52, 102));
  sendOurs(peer, 1);
  peer.media.tick(clock.now());
  send(peer, clock, ...range(102, 202));
  peer.media.tick(clock.now());

  const { streams, packetsLost, bitrateLimit } = peer.media.stats();
  const [received, sent] = streams;
  assert.equal(packetsLost, 2);
  assert.equal(bitrateLimit, undefined);
  assert.equal(received?.direction, 'in');
  assert.equal(received.ssrc, theirs);
  assert.equal(received.packets, 200);
  assert.equal(received.bytes, 200);
  assert.equal(received.bitsPerSecond, 100 * 8);
  assert.ok(received.nacks >= 2);
  assert.equal(sent?.direction, 'out');
  assert.equal(sent.packets, 1);
  assert.equal(sent.bytes, 3);
  assert.deepEqual([received.mid, sent.mid], ['0', '0']);
});

test('octets are those of the payload, whichever part it is in, without header extensions and padding', () => {
  const { peer } = start();
  const sender = peer.media.sender('0');
  const { ssrc } = sender.parameters;
  const extensions = { 14: [1, 2, 3] };
  const packet = rtpBytes({ sequenceNumber: 1, ssrc, extensions, payload: [1, 2, 3, 4, 5], padding: 4 });
  sender.send(packet, 22, packet, 22);

  assert.equal(peer.media.stats().streams.at(-1)?.bytes, 5);
});

test('so many losses within a second are a slow link, fewer are none', () => {
  const { clock, peer } = start(4);
  const slow = (): unknown[] => peer.events.filter(({ type }) => type === 'slow_link');
  const { ssrc } = peer.media.sender('0').parameters;
  const answer = { ...none, ssrc, cumulativeLost: 3 };

  send(peer, clock, 0, ...range(4, 100));
  peer.rtcp(written((out) => writeReceiverReport(out, 0, theirs, [answer])));
  peer.media.tick(clock.now());
  assert.deepEqual(slow(), []);

  send(peer, clock, ...range(104, 200));
  peer.rtcp(written((out) => writeReceiverReport(out, 0, theirs, [{ ...answer, cumulativeLost: 20 }])));
  peer.media.tick(clock.now());
  peer.media.tick(clock.now());
  assert.deepEqual(slow(), [
    { type: 'slow_link', mid: '0', isUplink: true, lostPackets: 4 },
    { type: 'slow_link', mid: '0', isUplink: false, lostPackets: 17 },
  ]);
});

test('losses from before a hold are not told again after it', () => {
  const { clock, peer } = start(4);
  const { ssrc } = peer.media.sender('0').parameters;
  const answer = { ...none, ssrc, cumulativeLost: 3 };
  peer.rtcp(written((out) => writeReceiverReport(out, 0, theirs, [answer])));
  peer.media.tick(clock.now());
  peer.rtcp(written((out) => writeReceiverReport(out, 0, theirs, [{ ...answer, cumulativeLost: 6 }])));
  peer.media.tick(clock.now());

  peer.hold();
  peer.media.tick(clock.now());
  peer.resume();
  peer.media.tick(clock.now());

  assert.ok(peer.events.every(({ type }) => type !== 'slow_link'));
});

test('without a threshold no link is slow', () => {
  const { clock, peer } = start();
  send(peer, clock, 0, ...range(100, 200));
  peer.media.tick(clock.now());

  assert.deepEqual(
    peer.events.map(({ type }) => type),
    ['stream', 'media'],
  );
});

test('a stream of ours that ends says goodbye, and one of the peer that says so is forgotten', () => {
  const { clock, peer } = start();
  const { ssrc } = peer.media.sender('0').parameters;
  send(peer, clock, 0, 1);
  assert.equal(peer.media.stats().streams.length, 2);

  peer.rtcp(written((out) => writeBye(out, 0, [theirs])));
  assert.deepEqual(
    peer.media.stats().streams.map(({ direction }) => direction),
    ['out'],
  );

  peer.media.goodbye();
  assert.deepEqual(blocksOf(peer, 'bye'), [{ type: 'bye', ssrcs: [ssrc] }]);
});

test('a medium that is sent no longer says goodbye', () => {
  const { peer } = start();
  const { ssrc } = peer.media.sender('0').parameters;

  peer.media.negotiated([{ mid: '0', index: 0, kind: 'video', isRejected: false, direction: 'recvonly' }]);

  assert.deepEqual(blocksOf(peer, 'bye'), [{ type: 'bye', ssrcs: [ssrc] }]);
});

test('a medium that is removed says goodbye once', () => {
  const { peer } = start();
  const { ssrc } = peer.media.sender('0').parameters;

  peer.media.negotiated([]);

  assert.deepEqual(blocksOf(peer, 'bye'), [{ type: 'bye', ssrcs: [ssrc] }]);
});

test('streams of a medium that the peer holds are forgotten, however often it does', () => {
  const { clock, peer } = start();
  for (let round = 0; round < 100; round += 1) {
    peer.rtp(rtpBytes({ sequenceNumber: 1, ssrc: 1000 + round }));
    peer.hold();
    peer.resume();
    clock.advance(10);
  }
  assert.deepEqual(
    peer.media.stats().streams.map(({ direction }) => direction),
    ['out'],
  );

  send(peer, clock, 1);
  assert.deepEqual(
    peer.media.stats().streams.map(({ ssrc }) => ssrc),
    [theirs, peer.media.sender('0').parameters.ssrc],
  );
});

test('a stream goes on under the payload types that a later offer brings', () => {
  const { clock, peer } = start();
  const seen: number[] = [];
  let opened = 0;
  peer.media.receive('0', ({ parameters: { payloadTypes } }) => {
    opened += 1;
    return {
      write: ({ payloadType }) => seen.push(payloadTypes.has(payloadType) ? payloadType : -1),
      senderReport: () => undefined,
    };
  });
  send(peer, clock, 0, 1);
  peer.renumber(20);
  peer.rtp(rtpBytes({ sequenceNumber: 2, payloadType: 116, ssrc: theirs }));
  peer.renumber(20);
  peer.rtp(rtpBytes({ sequenceNumber: 3, payloadType: 116, ssrc: theirs }));

  assert.deepEqual(seen, [96, 96, 116, 116]);
  assert.equal(opened, 2);
  assert.equal(peer.media.stats().refused.unknown_stream, 0);
});

test('a peer may change its SSRC as often as it likes, but not have any number of them at once', () => {
  const { clock, peer } = start();
  const streams = (): readonly number[] =>
    peer.media.stats().streams.flatMap(({ direction, ssrc }) => (direction === 'in' ? [ssrc] : []));
  peer.renumber(0);
  for (let ssrc = 1000; ssrc < 1040; ssrc += 1) {
    peer.rtp(rtpBytes({ sequenceNumber: 1, ssrc }));
    clock.advance(1000);
    peer.media.tick(clock.now());
  }
  assert.equal(streams().length, 16);
  assert.equal(streams().at(-1), 1039);

  const flowing = (): void => streams().forEach((ssrc) => peer.rtp(rtpBytes({ sequenceNumber: 2, ssrc })));
  flowing();
  clock.advance(1000);
  peer.media.tick(clock.now());
  peer.rtp(rtpBytes({ sequenceNumber: 1, ssrc: 2000 }));
  assert.equal(streams().at(-1), 1039);
});
