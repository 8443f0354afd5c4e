import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MediaRouter, type ReceiveParameters, type Source } from '#janus/media';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRtpSender } from '../../../support/fake-rtp-sender.ts';
import { opus, withRtx } from '../../../support/forwarder-scene.ts';
import { rtpPacket, vp8Payload } from '../../../support/rtp-stream.ts';

const vp8: ReceiveParameters = {
  kind: 'video',
  payloadTypes: new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]),
  extensions: new Map(),
};

/** A publisher whose clock is 5 s behind ours, and a subscriber to its sound and picture. */
class Call {
  readonly clock = new FakeClock();
  readonly router = new MediaRouter(this.clock);
  readonly heard = new FakeRtpSender(withRtx);
  readonly seen = new FakeRtpSender(withRtx);

  publish(mid: string, parameters: ReceiveParameters, layer?: number): Source {
    const id = { publisher: 'alice', mid, ...(layer !== undefined && { layer }) };
    return this.router.publish(id, parameters, ignore);
  }

  subscribe(): void {
    this.router.subscribe({ publisher: 'alice', mid: 'a' }, this.heard);
    this.router.subscribe({ publisher: 'alice', mid: 'v' }, this.seen);
  }

  /** The publisher's report arrives after `delayMs`. */
  report(source: Source, rtpTimestamp: number, delayMs: number): void {
    const wallTimeMs = this.clock.wallTime() - 5000;
    this.clock.advance(delayMs);
    source.senderReport({ rtpTimestamp, wallTimeMs }, this.clock.now());
  }
}

function ignore(): void {
  // Keyframes come by themselves here.
}

test('sound and picture are tied to one clock, whatever delay their reports had', () => {
  const call = new Call();
  const [sound, picture] = [call.publish('a', opus), call.publish('v', vp8)];
  call.subscribe();
  sound.write(rtpPacket({ payloadType: 111, timestamp: 1000 }), 0);
  picture.write(rtpPacket({ timestamp: 5000, payload: vp8Payload(1, 1, true) }), 0);

  const before = call.clock.wallTime();
  call.report(sound, 1000, 30);
  call.report(picture, 5000 + 30 * 90, 170);

  assert.deepEqual(call.heard.ties, [[1000, before + 30]]);
  assert.deepEqual(call.seen.ties, [[7700, before + 60]]);
});

test('a clock that was set is followed', () => {
  const call = new Call();
  const sound = call.publish('a', opus);
  call.subscribe();
  sound.write(rtpPacket({ payloadType: 111, timestamp: 1000 }), 0);
  call.report(sound, 1000, 0);
  const later = call.clock.wallTime() + 3_600_000;
  sound.senderReport({ rtpTimestamp: 2000, wallTimeMs: later }, call.clock.now());

  assert.deepEqual(
    call.heard.ties.map(([, wallTimeMs]) => wallTimeMs),
    [call.clock.wallTime(), call.clock.wallTime()],
  );
});

test('a layer that takes over goes on where its picture was sampled, and is tied at once', () => {
  const call = new Call();
  const [low, high] = [call.publish('v', vp8, 0), call.publish('v', vp8, 1)];
  low.write(rtpPacket({ timestamp: 9000 }), 0);
  high.write(rtpPacket({ timestamp: 500_000 }), 0);
  call.report(low, 9000, 0);
  call.report(high, 500_000, 0);
  const subscription = call.router.subscribe({ publisher: 'alice', mid: 'v' }, call.seen);
  subscription.target = { substream: 0 };
  const payload = vp8Payload(1, 1, true);
  low.write(rtpPacket({ sequenceNumber: 1, timestamp: 9000 + 3000, payload }), 33);
  subscription.target = { substream: 1 };
  call.seen.ties.length = 0;
  high.write(rtpPacket({ sequenceNumber: 1, timestamp: 500_000 + 9000, payload }), 600);

  const wallTimeMs = call.clock.wallTime();
  assert.deepEqual(
    call.seen.take().map(({ timestamp }) => timestamp),
    [9000 + 3000, 9000 + 9000],
  );
  assert.deepEqual(call.seen.ties, [[9000, wallTimeMs]]);
});
