import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Source, type RtpPacket, type SenderReport } from '#janus/media';
import { noKeeper } from '../../../support/forwarder-scene.ts';
import { rtpPacket, vp8Payload } from '../../../support/rtp-stream.ts';

const parameters = {
  kind: 'video',
  payloadTypes: new Map([
    [96, { encodingName: 'VP8', clockRate: 90_000 }],
    [98, { encodingName: 'H264', clockRate: 90_000 }],
  ]),
  extensions: new Map<string, number>(),
} as const;

/** Notes what it sees of each packet while it is written. */
class Watcher {
  readonly seen: object[] = [];
  readonly reports: SenderReport[] = [];

  write(packet: RtpPacket, from: Source): void {
    this.seen.push({
      number: packet.sequenceNumber,
      isKeyframe: from.isKeyframe,
      pictureId: from.facts.hasPicture ? from.facts.picture.pictureId : undefined,
      isNewest: from.isNewest,
    });
  }

  senderReport(report: SenderReport): void {
    this.reports.push(report);
  }
}

function start(): { source: Source; watcher: Watcher; ended: Source[]; asked: () => number } {
  const ended: Source[] = [];
  let asked = 0;
  const source = new Source(
    { publisher: 'alice', mid: '0' },
    parameters,
    () => (asked += 1),
    { ...noKeeper, ended: (one) => ended.push(one) },
    0,
  );
  const watcher = new Watcher();
  source.attach(watcher);
  return { source, watcher, ended, asked: () => asked };
}

test('each output sees what was found in the packet', () => {
  const { source, watcher } = start();
  source.write(rtpPacket({ sequenceNumber: 2, payload: vp8Payload(77, 1, true) }), 0);
  source.write(rtpPacket({ sequenceNumber: 1, payload: vp8Payload(76, 1, false) }), 0);
  source.write(rtpPacket({ sequenceNumber: 3, payloadType: 98, payload: [0x67, 0x42] }), 0);

  assert.deepEqual(watcher.seen, [
    { number: 2, isKeyframe: true, pictureId: 77, isNewest: true },
    { number: 1, isKeyframe: false, pictureId: 76, isNewest: false },
    { number: 3, isKeyframe: true, pictureId: undefined, isNewest: true },
  ]);
});

test('duplicates, unknown payload types and stray numbers end here', () => {
  const { source, watcher } = start();
  source.write(rtpPacket({ sequenceNumber: 1 }), 0);
  source.write(rtpPacket({ sequenceNumber: 1 }), 0);
  source.write(rtpPacket({ sequenceNumber: 2, payloadType: 97 }), 0);
  source.write(rtpPacket({ sequenceNumber: 30_000 }), 0);

  assert.equal(watcher.seen.length, 1);
  assert.equal(source.refused, 2);
});

test('an output is attached once, and may detach while it is written to', () => {
  const { source, watcher } = start();
  const once = {
    count: 0,
    write(): void {
      this.count += 1;
      source.detach(this);
    },
    senderReport(): void {
      this.count += 1;
    },
  };
  source.attach(once);
  source.attach(once);
  source.write(rtpPacket({ sequenceNumber: 1 }), 0);
  source.write(rtpPacket({ sequenceNumber: 2 }), 0);

  assert.equal(once.count, 1);
  assert.equal(watcher.seen.length, 2);
});

test('a request before the first packet is not passed on, later ones are', () => {
  const { source, asked } = start();
  source.askForKeyframe(0);
  assert.equal(asked(), 0);

  source.write(rtpPacket({ sequenceNumber: 1 }), 0);
  source.askForKeyframe(0);
  source.askForKeyframe(10);
  assert.equal(asked(), 1);
  source.write(rtpPacket({ sequenceNumber: 2 }), 1000);
  assert.equal(asked(), 2);
});

test('a packet is kept for retransmissions, but not beyond a restart', () => {
  const { source } = start();
  const packet = rtpPacket({ sequenceNumber: 1, payload: vp8Payload(1, 1, true) });
  source.write(packet, 0);
  assert.deepEqual(source.cached(1), packet.bytes);
  assert.equal(source.recall(packet)?.isKeyframe, true);

  source.write(rtpPacket({ sequenceNumber: 30_000 }), 0);
  source.write(rtpPacket({ sequenceNumber: 30_001 }), 0);

  assert.equal(source.cached(1), undefined);
  assert.equal(source.generation, 1);
});

test('a disposed source writes nothing, keeps nothing and says so once', () => {
  const { source, watcher, ended } = start();
  source.write(rtpPacket({ sequenceNumber: 1 }), 0);
  source[Symbol.dispose]();
  source[Symbol.dispose]();
  source.write(rtpPacket({ sequenceNumber: 2 }), 0);
  source.senderReport({ rtpTimestamp: 0, wallTimeMs: 0 }, 0);
  source.attach(watcher);

  assert.deepEqual(ended, [source]);
  assert.equal(watcher.seen.length, 1);
  assert.equal(watcher.reports.length, 0);
  assert.equal(source.cached(1), undefined);
});
