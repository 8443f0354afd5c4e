import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  extensionUri,
  MediaRouter,
  RtpPacket,
  type ReceiveParameters,
  type SendParameters,
} from '#janus/media';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRtpSender } from '../../../support/fake-rtp-sender.ts';
import { rtpPacket, vp8Payload } from '../../../support/rtp-stream.ts';

const id = { publisher: 'alice', mid: '1' };
const video: ReceiveParameters = {
  kind: 'video',
  payloadTypes: new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]),
  extensions: new Map([[extensionUri.videoOrientation, 4]]),
};
const toBob: SendParameters = {
  mid: 'v',
  ssrc: 0xb0b,
  rtxSsrc: 0xb0c,
  payloadTypes: new Map([['vp8', { media: 120, rtx: 121 }]]),
  extensions: new Map([
    [extensionUri.mid, 1],
    [extensionUri.videoOrientation, 7],
  ]),
};
const keyframe = { payload: vp8Payload(1, 1, true) };
const delta = { payload: vp8Payload(2, 1, false) };

function start(): {
  clock: FakeClock;
  router: MediaRouter;
  bob: FakeRtpSender;
  asked: () => number;
  ask: () => void;
} {
  let asked = 0;
  const clock = new FakeClock();
  return {
    clock,
    router: new MediaRouter(clock),
    bob: new FakeRtpSender(toBob),
    asked: () => asked,
    ask: () => (asked += 1),
  };
}

test('a packet goes out with the numbers, payload type and extensions of its subscriber', () => {
  const { router, bob, ask } = start();
  const source = router.publish(id, video, ask);
  router.subscribe(id, bob);

  source.write(
    rtpPacket({
      ...keyframe,
      sequenceNumber: 9,
      timestamp: 77,
      marker: true,
      extensions: { 4: [2], 9: [5] },
    }),
    0,
  );

  const [packet] = bob.sent;
  assert.equal(packet?.ssrc, 0xb0b);
  assert.equal(packet.payloadType, 120);
  assert.equal(packet.sequenceNumber, 9);
  assert.equal(packet.timestamp, 77);
  assert.equal(packet.marker, true);
  assert.deepEqual([...(packet.extension(1) ?? [])], [0x76]);
  assert.deepEqual([...(packet.extension(7) ?? [])], [2]);
  assert.equal(packet.extension(4), undefined);
  assert.equal(packet.extension(9), undefined);
  assert.deepEqual([...packet.payload], [...keyframe.payload]);
});

test('a subscriber that comes late asks for a keyframe and gets nothing before it', () => {
  const { router, bob, asked, ask } = start();
  const source = router.publish(id, video, ask);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);
  router.subscribe(id, bob);

  source.write(rtpPacket({ ...delta, sequenceNumber: 2 }), 10);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 3 }), 20);
  source.write(rtpPacket({ ...delta, sequenceNumber: 4 }), 30);

  assert.equal(asked(), 1);
  assert.deepEqual(
    bob.sent.map((packet) => packet.sequenceNumber),
    [3, 4],
  );
});

test('a lost packet is sent again as a retransmission of RFC 4588', () => {
  const { router, bob, ask } = start();
  const source = router.publish(id, video, ask);
  router.subscribe(id, bob);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 5, timestamp: 50 }), 0);
  const [original] = bob.take();

  bob.report({ type: 'nack', sequenceNumbers: [5, 6] });

  const [again, ...others] = bob.take();
  assert.equal(others.length, 0);
  assert.equal(again?.ssrc, 0xb0c);
  assert.equal(again.payloadType, 121);
  assert.equal(again.timestamp, 50);
  assert.equal(again.payload.readUInt16BE(0), 5);
  assert.deepEqual(again.payload.subarray(2), original?.payload);
});

test('whatever bytes a packet has, what goes out is well-formed', () => {
  const names = ['VP8', 'VP9', 'H264', 'AV1'];
  const formats = names.map(
    (name, index) => [96 + index, { encodingName: name, clockRate: 90_000 }] as const,
  );
  const types = names.map((name, index) => [name, { media: 100 + index, rtx: 110 + index }] as const);
  const ids = new Map(Object.values(extensionUri).map((uri, index) => [uri, index + 1]));
  const bytes = fc.uint8Array({ minLength: 10, maxLength: 60 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), bytes, fc.boolean()), { maxLength: 40 }), (packets) => {
      const { router, ask } = start();
      const bob = new FakeRtpSender({ ...toBob, payloadTypes: new Map(types), extensions: ids });
      const all = { kind: 'video', payloadTypes: new Map(formats), extensions: ids } as const;
      const source = router.publish(id, all, ask);
      router.subscribe(id, bob);
      for (const [index, [codec, rest, isExtended]] of packets.entries()) {
        const head = [isExtended ? 0x90 : 0x80, 96 + codec, 0, index, 0, 0, 0, 0, 0, 0, 0, 1];
        const extension = isExtended ? [0xbe, 0xde, 0, 2] : [];
        const packet = RtpPacket.parse(Buffer.from([...head, ...extension, ...rest]));
        if (packet !== undefined) source.write(packet, index);
      }
      bob.report({ type: 'nack', sequenceNumbers: packets.map((_, index) => index) });

      assert.ok(bob.sent.every(({ ssrc }) => ssrc === toBob.ssrc || ssrc === toBob.rtxSsrc));
    }),
  );
});

test('what is disposed is no longer held', () => {
  const { router, bob, ask } = start();
  const source = router.publish(id, video, ask);
  const subscription = router.subscribe(id, bob);

  source[Symbol.dispose]();
  subscription[Symbol.dispose]();

  assert.equal(router.size, 0);
  assert.equal(bob.listeners, 0);
});

test('who subscribes before the source is published gets it, and the one published again under its id', () => {
  const { router, bob, ask } = start();
  router.subscribe(id, bob);
  router.publish(id, video, ask).write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);
  const again = router.publish(id, video, ask);
  again.write(rtpPacket({ ...keyframe, sequenceNumber: 900, ssrc: 2 }), 10);

  assert.deepEqual(
    bob.sent.map((packet) => packet.sequenceNumber),
    [1, 2],
  );
});

test('layers of one m-line are sources of their own, and a subscription moves between them', () => {
  const { router, bob, ask } = start();
  const low = router.publish({ ...id, layer: 0 }, video, ask);
  const high = router.publish({ ...id, layer: 2 }, video, ask);
  const subscription = router.subscribe(id, bob);
  subscription.target = { substream: 0 };
  low.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);
  high.write(rtpPacket({ ...keyframe, sequenceNumber: 50 }), 0);
  subscription.target = { substream: 2, temporal: 2 };
  low.write(rtpPacket({ ...delta, sequenceNumber: 2 }), 10);
  high.write(rtpPacket({ ...keyframe, sequenceNumber: 51 }), 20);
  low.write(rtpPacket({ ...delta, sequenceNumber: 3 }), 30);

  assert.deepEqual(
    bob.sent.map((packet) => packet.sequenceNumber),
    [1, 2, 3],
  );
  assert.deepEqual(subscription.layers, { substream: 2, temporal: 2 });
});

test('a subscription to one layer stays with it', () => {
  const { router, bob, ask } = start();
  const low = router.publish({ ...id, layer: 0 }, video, ask);
  const high = router.publish({ ...id, layer: 1 }, video, ask);
  router.subscribe({ ...id, layer: 0 }, bob);
  low.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);
  high.write(rtpPacket({ ...keyframe, sequenceNumber: 50 }), 0);
  low.write(rtpPacket({ ...delta, sequenceNumber: 2 }), 1000);

  assert.deepEqual(
    bob.sent.map((packet) => packet.sequenceNumber),
    [1, 2],
  );
});

test('a request for a keyframe goes to the publisher, unless the subscriber is paused', () => {
  const { router, bob, asked, ask } = start();
  const source = router.publish(id, video, ask);
  const subscription = router.subscribe(id, bob);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);

  bob.report({ type: 'keyframe' });
  bob.report({ type: 'bandwidth', bitsPerSecond: 1 });
  assert.equal(asked(), 1);

  subscription.setPaused(true);
  source.write(rtpPacket({ ...delta, sequenceNumber: 2 }), 2000);
  bob.report({ type: 'keyframe' });
  assert.equal(asked(), 1);
});

test('after a pause the publisher is asked for a keyframe at once', () => {
  const { clock, router, bob, asked, ask } = start();
  const source = router.publish(id, video, ask);
  const subscription = router.subscribe(id, bob);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);
  subscription.setPaused(true);
  clock.advance(5000);

  subscription.setPaused(false);

  assert.equal(asked(), 1);
  source.write(rtpPacket({ ...delta, sequenceNumber: 2 }), 5000);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 3 }), 5010);
  assert.deepEqual(
    bob.sent.map((packet) => packet.sequenceNumber),
    [1, 2],
  );
});

test('a tap gets packets and reports as they came', () => {
  const { router, ask } = start();
  const taken: unknown[] = [];
  const tap = router.tap(id, {
    write: (packet, now) => void taken.push(packet.sequenceNumber, now),
    senderReport: (report) => void taken.push(report),
  });
  const source = router.publish(id, video, ask);
  const report = { rtpTimestamp: 1, wallTimeMs: 2 };
  source.write(rtpPacket({ ...delta, sequenceNumber: 40_000 }), 3);
  source.senderReport(report, 4);
  tap[Symbol.dispose]();
  source.write(rtpPacket({ ...delta, sequenceNumber: 40_001 }), 5);

  assert.deepEqual(taken, [40_000, 3, report]);
});

test('a disposed subscription sends nothing and cannot be moved any more', () => {
  const { router, bob, ask } = start();
  const source = router.publish(id, video, ask);
  const subscription = router.subscribe(id, bob);
  subscription[Symbol.dispose]();
  subscription.switchTo(id);
  subscription[Symbol.dispose]();
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);

  assert.deepEqual(bob.sent, []);
  assert.equal(router.size, 1);
});

test('a released subscription sends nothing and waits for nothing, and goes on where it is moved to', () => {
  const { router, bob, ask } = start();
  const other = { publisher: 'carol', mid: '1' };
  const source = router.publish(id, video, ask);
  const subscription = router.subscribe(id, bob);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 1 }), 0);

  subscription.release();
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 2 }), 1);
  const size = router.size;
  const next = router.publish(other, video, ask);
  subscription.switchTo(other);
  next.write(rtpPacket({ ...keyframe, sequenceNumber: 500 }), 2);
  source.write(rtpPacket({ ...keyframe, sequenceNumber: 3 }), 3);

  const [first = 0, ...later] = bob.sent.map(({ sequenceNumber }) => sequenceNumber);
  assert.equal(size, 1);
  assert.deepEqual(later, [first + 1]);
});
