import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Forwarder, Source, type ReceiveParameters, type RtpPacket } from '#janus/media';
import { FakeRtpSender } from '../../../support/fake-rtp-sender.ts';
import { noKeeper } from '../../../support/forwarder-scene.ts';
import { rtpPacket, vp8Payload } from '../../../support/rtp-stream.ts';

/** What may happen to a subscriber and the two sources that it is switched between. */
type Step =
  | { readonly type: 'next' | 'lose'; readonly source: 0 | 1; readonly pauseMs: number }
  | { readonly type: 'late'; readonly source: 0 | 1; readonly back: number; readonly pauseMs: number }
  | { readonly type: 'switch'; readonly source: 0 | 1 }
  | { readonly type: 'pause' | 'resume' };

/** One packet that the subscriber got, with which one of which source it was. */
interface Received {
  /** Counts starts, switches and pauses. */
  readonly segment: number;
  readonly source: number;
  readonly index: number;
  readonly number: number;
  readonly timestamp: number;
  readonly pictureId: number;
}

const source = fc.constantFrom<0 | 1>(0, 1);
const pauseMs = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('next' as const), source, pauseMs }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('lose' as const), source, pauseMs }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('late' as const), source, back: fc.nat(6), pauseMs }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('switch' as const), source }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('pause' as const, 'resume' as const) }) },
);

/** Every fifth packet is a keyframe of one packet; the payload type in between is one the subscriber has not. */
const keyframeEvery = 5;
const foreignEvery = 7;

function parameters(encodingName: string): ReceiveParameters {
  const payloadTypes = new Map([
    [96, { encodingName, clockRate: 90_000 }],
    [97, { encodingName: 'telephone-event', clockRate: 90_000 }],
  ]);
  return { kind: encodingName === 'VP8' ? 'video' : 'audio', payloadTypes, extensions: new Map() };
}

/** Two sources and a subscriber that steps act on. */
class Scene {
  readonly received: Received[] = [];
  /** By segment, the indexes of foreign packets that came in order, so that their numbers could be left out. */
  readonly leftOut = new Map<number, Set<number>>();
  readonly #encodingName: string;
  readonly #firsts: readonly [number, number];
  readonly #sender: FakeRtpSender;
  readonly #forwarder: Forwarder;
  readonly #sources: readonly [Source, Source];
  readonly #next: [number, number] = [0, 0];
  readonly #arrived: readonly [Set<number>, Set<number>] = [new Set(), new Set()];
  #highest = -1;
  #following: Source | undefined;
  #segment = 0;
  #now = 0;

  constructor(encodingName: string, firsts: readonly [number, number]) {
    this.#encodingName = encodingName;
    this.#firsts = firsts;
    const payloadTypes = new Map([[encodingName, { media: 120 }]]);
    this.#sender = new FakeRtpSender({ ssrc: 9, payloadTypes, extensions: new Map() });
    this.#forwarder = new Forwarder(this.#sender, ignore);
    const published = (publisher: string): Source =>
      new Source({ publisher, mid: '0' }, parameters(encodingName), ignore, noKeeper, 0);
    this.#sources = [published('0'), published('1')];
    this.#forwarder.switchTo(this.#sources[0]);
  }

  act(action: Step): void {
    switch (action.type) {
      case 'pause':
      case 'resume':
        this.#forwarder.setPaused(action.type === 'pause');
        this.#following = this.#forwarder.following;
        return;
      case 'switch':
        return this.#forwarder.switchTo(this.#sources[action.source]);
      case 'late':
        return this.#deliver(action.source, this.#next[action.source] - 1 - action.back, action.pauseMs);
      case 'lose':
        this.#next[action.source] += 1;
        return;
      case 'next':
        this.#deliver(action.source, this.#next[action.source], action.pauseMs);
        this.#next[action.source] += 1;
    }
  }

  #deliver(from: 0 | 1, index: number, pause: number): void {
    if (index < 0) return;
    this.#now += pause;
    const isForeign = index % foreignEvery === foreignEvery - 1;
    const packet = rtpPacket({
      payloadType: isForeign ? 97 : 96,
      sequenceNumber: this.#firsts[from] + index,
      timestamp: 0xffff0000 + index * 3000,
      payload: [...vp8Payload(index, 0, index % keyframeEvery === 0), from, index >> 8, index & 0xff],
    });
    this.#sources[from].write(packet, this.#now);
    this.#noteLeftOut(from, index, isForeign);
    this.#arrived[from].add(index);
    for (const sent of this.#sender.take()) this.received.push(this.#identify(sent));
  }

  #noteLeftOut(from: 0 | 1, index: number, isForeign: boolean): void {
    const { following } = this.#forwarder;
    if (following !== this.#following) {
      this.#segment += 1;
      this.#highest = -1;
      this.leftOut.set(this.#segment, new Set());
    }
    this.#following = following;
    if (following !== this.#sources[from] || this.#arrived[from].has(index)) return;
    if (isForeign && index > this.#highest) this.leftOut.get(this.#segment)?.add(index);
    this.#highest = Math.max(this.#highest, index);
  }

  #identify(packet: RtpPacket): Received {
    const { payload } = packet;
    const end = payload.length;
    return {
      segment: this.#segment,
      source: payload.readUInt8(end - 3),
      index: payload.readUInt16BE(end - 2),
      number: packet.sequenceNumber,
      timestamp: packet.timestamp,
      pictureId: this.#encodingName === 'VP8' ? payload.readUInt16BE(2) & 0x7fff : 0,
    };
  }
}

function ignore(): void {
  // Nobody encodes keyframes on request here.
}

/** Received packets in the order of their numbers, which are extended from the first one on. */
function inOrder(received: readonly Received[]): readonly Received[] {
  const first = received[0]?.number ?? 0;
  return received
    .map((one) => ({ ...one, number: (((one.number - first) << 16) >> 16) + first }))
    .sort((one, other) => one.number - other.number);
}

function check({ received, leftOut }: Scene, isVideo: boolean): void {
  const ordered = inOrder(received);
  assert.equal(new Set(ordered.map(({ number }) => number)).size, ordered.length);
  for (const [at, later] of ordered.entries()) {
    const earlier = ordered[at - 1];
    const isStart = earlier?.segment !== later.segment;
    if (isVideo && isStart) assert.equal(later.index % keyframeEvery, 0);
    if (earlier !== undefined) checkPair(earlier, later, isVideo, leftOut.get(later.segment) ?? new Set());
  }
}

function checkPair(earlier: Received, later: Received, isVideo: boolean, leftOut: ReadonlySet<number>): void {
  const gap = later.number - earlier.number - 1;
  const passed = (later.timestamp - earlier.timestamp) | 0;
  assert.ok(passed > 0, `time goes from ${earlier.timestamp} to ${later.timestamp}`);
  if (isVideo) assert.ok(((later.pictureId - earlier.pictureId) << 17) >> 17 > 0);
  if (earlier.segment !== later.segment) {
    assert.equal(gap, 0);
    return;
  }
  assert.equal(passed, (later.index - earlier.index) * 3000);
  let missing = 0;
  for (let index = earlier.index + 1; index < later.index; index += 1) if (!leftOut.has(index)) missing += 1;
  assert.equal(gap, missing);
}

for (const encodingName of ['VP8', 'opus']) {
  test(`numbers and time of ${encodingName} stay continuous for any order, loss, switch and pause`, () => {
    const firsts = fc.tuple(fc.nat(65_535), fc.constantFrom(65_530, 32_765, 0));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250, size: 'max' }), firsts, (steps, numbers) => {
        const scene = new Scene(encodingName, numbers);

        for (const one of steps) scene.act(one);

        check(scene, encodingName === 'VP8');
      }),
      { numRuns: 300 },
    );
  });
}

test('the property above sees packets of both sources', () => {
  const scene = new Scene('opus', [0, 0]);
  for (const from of [0, 0, 1] as const) scene.act({ type: 'next', source: from, pauseMs: 20 });
  scene.act({ type: 'switch', source: 1 });
  for (const from of [0, 1, 0, 1] as const) scene.act({ type: 'next', source: from, pauseMs: 20 });

  const seen = scene.received.map((one) => `${one.source}:${one.index}`);
  assert.deepEqual(seen, ['0:0', '0:1', '0:2', '1:1', '1:2']);
});
