import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MediaRouter, type RtpPacket, type Source, type Subscription } from '#janus/media';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { FakeRtpSender } from '../../../../support/fake-rtp-sender.ts';
import { LayerEncoder, references, type Picture } from '../../../../support/layered-camera.ts';

/** What may happen to a subscriber of a camera with three simulcast layers and three temporal ones. */
type Step =
  | { readonly type: 'film'; readonly ms: number; readonly parts: number; readonly fates: readonly number[] }
  | { readonly type: 'want'; readonly substream: number; readonly temporal: number }
  | { readonly type: 'bandwidth'; readonly bitsPerSecond: number }
  | { readonly type: 'silence' | 'return' | 'keyframe'; readonly layer: number }
  | { readonly type: 'pause' | 'resume' };

const layer = fc.nat(2);
/** A way with faults loses, delays and doubles packets. */
const film = (most: number): fc.Arbitrary<Step> =>
  fc.record({
    type: fc.constant('film' as const),
    ms: fc.integer({ min: 10, max: 60 }),
    parts: fc.integer({ min: 1, max: 3 }),
    fates: fc.array(fc.nat(most), { minLength: 9, maxLength: 9 }),
  });
const others: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('want' as const), substream: layer, temporal: layer }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('bandwidth' as const),
      bitsPerSecond: fc.constantFrom(1000, 20_000, 60_000, 1_000_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('silence' as const, 'return', 'keyframe'), layer }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('pause' as const, 'resume') }) },
];

/** One packet that the subscriber has, under its number. */
interface Received {
  readonly number: number;
  readonly layer: number;
  readonly index: number;
  readonly part: number;
  readonly timestamp: number;
  readonly pictureId: number;
  readonly tl0PicIdx: number;
  /** Counts the packets that came from the camera before. */
  readonly at: number;
}

/** How a packet of the camera came. */
interface Arrival {
  readonly at: number;
  readonly isLate: boolean;
}

class Scene {
  readonly encoders = [0, 1, 2].map((one) => new LayerEncoder(one, [65_500, 120, 32_760][one] ?? 0));
  readonly received = new Map<number, Received>();
  /** By layer and number. */
  readonly arrivals = new Map<string, Arrival>();
  readonly #clock = new FakeClock();
  readonly #sender = new FakeRtpSender({
    ssrc: 9,
    rtxSsrc: 10,
    payloadTypes: new Map([['VP8', { media: 120, rtx: 121 }]]),
    extensions: new Map(),
  });
  readonly #sources: readonly Source[];
  readonly #subscription: Subscription;
  readonly #silent = new Set<number>();
  readonly #highest = [-1, -1, -1];
  #held: { readonly layer: number; readonly number: number; readonly packet: RtpPacket }[] = [];
  #at = 0;
  #last = 0;

  constructor() {
    const router = new MediaRouter(this.#clock);
    const parameters = {
      kind: 'video' as const,
      payloadTypes: new Map([[96, { encodingName: 'VP8', clockRate: 90_000 }]]),
      extensions: new Map<string, number>(),
    };
    this.#sources = this.encoders.map((encoder, index) =>
      router.publish({ publisher: 'a', mid: '0', layer: index }, parameters, () => {
        encoder.wantsKeyframe = true;
      }),
    );
    this.#subscription = router.subscribe({ publisher: 'a', mid: '0' }, this.#sender);
  }

  act(step: Step): void {
    switch (step.type) {
      case 'film':
        return this.#film(step.ms, step.parts, step.fates);
      case 'want':
        this.#subscription.target = { substream: step.substream, temporal: step.temporal };
        return;
      case 'bandwidth':
        return this.#sender.report({ type: 'bandwidth', bitsPerSecond: step.bitsPerSecond });
      case 'silence':
        return void this.#silent.add(step.layer);
      case 'return':
        return void this.#silent.delete(step.layer);
      case 'keyframe':
        return this.#sender.report({ type: 'keyframe' });
      case 'pause':
      case 'resume':
        return this.#subscription.setPaused(step.type === 'pause');
    }
  }

  #film(ms: number, parts: number, fates: readonly number[]): void {
    this.#clock.advance(ms);
    const late = this.#held;
    this.#held = [];
    for (const [one, encoder] of this.encoders.entries()) {
      if (this.#silent.has(one)) continue;
      const packets = encoder.encode(parts, this.#clock.now());
      const first = encoder.pictures.at(-1)?.first ?? 0;
      for (const [part, packet] of packets.entries())
        this.#meetFate(fates[3 * one + part] ?? 0, one, first + part, packet);
    }
    for (const { layer: one, number, packet } of late) this.#deliver(one, number, packet);
    this.#askAgain();
  }

  #meetFate(fate: number, one: number, number: number, packet: RtpPacket): void {
    if (fate >= 80 && fate < 88) return;
    if (fate >= 88 && fate < 96) return void this.#held.push({ layer: one, number, packet });
    this.#deliver(one, number, packet);
    if (fate >= 96) this.#deliver(one, number, packet);
  }

  #deliver(one: number, number: number, packet: RtpPacket): void {
    this.#at += 1;
    const key = `${one}/${number}`;
    const isLate = number < (this.#highest[one] ?? 0);
    this.#highest[one] = Math.max(number, this.#highest[one] ?? 0);
    if (!this.arrivals.has(key)) this.arrivals.set(key, { at: this.#at, isLate });
    this.#sources[one]?.write(packet, this.#clock.now());
    this.#collect();
  }

  /** The subscriber asks for what is missing. */
  #askAgain(): void {
    const missing: number[] = [];
    for (let back = 1; back < 40; back += 1)
      if (!this.received.has(this.#last - back)) missing.push((this.#last - back) & 0xffff);
    this.#sender.report({ type: 'nack', sequenceNumbers: missing });
    this.#collect();
  }

  #collect(): void {
    for (const packet of this.#sender.take()) {
      const isRepeat = packet.ssrc === 10;
      const payload = packet.payload.subarray(isRepeat ? 2 : 0);
      const short = isRepeat ? packet.payload.readUInt16BE(0) : packet.sequenceNumber;
      const number = this.#last === 0 ? 0x10000 + short : this.#last + (((short - this.#last) << 16) >> 16);
      this.#last = Math.max(number, this.#last);
      assert.ok(!this.received.has(number), `number ${number} twice`);
      this.received.set(number, {
        number,
        layer: payload.readUInt8(7),
        index: payload.readUInt16BE(8),
        part: payload.readUInt8(10),
        timestamp: packet.timestamp,
        pictureId: payload.readUInt16BE(2) & 0x7fff,
        tl0PicIdx: payload.readUInt8(4),
        at: this.#at,
      });
    }
  }
}

/** The packets of a run in the order of their numbers. */
function inOrder(scene: Scene): readonly Received[] {
  return [...scene.received.values()].sort((one, other) => one.number - other.number);
}

function pictureOf(scene: Scene, one: Pick<Received, 'layer' | 'index'>): Picture {
  const picture = scene.encoders[one.layer]?.pictures[one.index];
  assert.ok(picture);
  return picture;
}

/** What holds on any way: numbers, time and pictures go on in the camera's order, from keyframes on. */
function checkOrder(scene: Scene): void {
  const received = inOrder(scene);
  let begunAt = 0;
  for (const [at, later] of received.entries()) {
    const earlier = received[at - 1];
    const picture = pictureOf(scene, later);
    const isSwitch = earlier?.layer !== later.layer;
    if (isSwitch) assert.ok(picture.isKeyframe && later.part === 0, 'a layer begins with a keyframe');
    if (picture.isKeyframe && later.part === 0) begunAt = later.at;
    if (earlier === undefined) continue;
    const isSame = !isSwitch && earlier.index === later.index;
    const passed = (later.timestamp - earlier.timestamp) | 0;
    assert.ok(isSame ? passed === 0 : passed > 0, `time goes on by ${passed}`);
    const ids = ((later.pictureId - earlier.pictureId) << 17) >> 17;
    assert.ok(isSame ? ids === 0 : ids > 0, `picture ids go on by ${ids}`);
    const gap = later.number - earlier.number - 1;
    const missing = isSwitch ? 0 : excused(scene, earlier, later, begunAt);
    assert.ok(gap <= missing, `${gap} numbers are missing, ${missing} are excused`);
  }
}

/** Packets between two that did not come, came late, or came before their layer began at a late keyframe. */
function excused(scene: Scene, earlier: Received, later: Received, begunAt: number): number {
  const to = pictureOf(scene, later).first + later.part;
  let count = 0;
  for (let number = pictureOf(scene, earlier).first + earlier.part + 1; number < to; number += 1) {
    const arrival = scene.arrivals.get(`${earlier.layer}/${number}`);
    if (arrival === undefined || arrival.isLate || arrival.at < begunAt) count += 1;
  }
  return count;
}

/** Nothing that a picture needs was left out on purpose. */
function checkReferences(scene: Scene): void {
  const had = new Set<string>();
  const begun = new Map<string, number>();
  for (const one of inOrder(scene)) {
    const picture = pictureOf(scene, one);
    const { pictures = [] } = scene.encoders[one.layer] ?? {};
    if (picture.isKeyframe) begun.set('at', one.at);
    for (const needed of references(pictures, picture)) {
      if (had.has(`${needed.layer}/${needed.index}`)) continue;
      const parts = Array.from({ length: needed.parts }, (_, part) => needed.first + part);
      const arrivals = parts.map((number) => scene.arrivals.get(`${needed.layer}/${number}`));
      const isExcused = arrivals.some((arrival) => arrival === undefined || arrival.isLate);
      const early = arrivals.every((arrival) => (arrival?.at ?? 0) < (begun.get('at') ?? 0));
      assert.ok(
        isExcused || early,
        `picture ${needed.index} of ${one.layer} is missing for ${picture.index}`,
      );
    }
    had.add(`${one.layer}/${one.index}`);
  }
}

/** Without faults nothing is missing at all. */
function checkWhole(scene: Scene): void {
  const received = inOrder(scene);
  for (const [at, later] of received.entries()) {
    const earlier = received[at - 1];
    if (earlier === undefined) continue;
    assert.equal(later.number, earlier.number + 1);
    const isNext = earlier.layer !== later.layer || earlier.index !== later.index;
    const { isKeyframe, temporal } = pictureOf(scene, later);
    // A pause keeps the ids of the pictures that went by.
    if (isKeyframe) continue;
    assert.equal((later.pictureId - earlier.pictureId) & 0x7fff, isNext ? 1 : 0);
    assert.equal((later.tl0PicIdx - earlier.tl0PicIdx) & 0xff, isNext && temporal === 0 ? 1 : 0);
  }
}

function run(steps: readonly Step[]): Scene {
  const scene = new Scene();
  for (const step of steps) scene.act(step);
  return scene;
}

function steps(most: number): fc.Arbitrary<Step[]> {
  const arbitrary = fc.oneof({ weight: 20, arbitrary: film(most) }, ...others);
  return fc.array(arbitrary, { maxLength: 150, size: 'max' });
}

test('on a way without faults nothing is missing and all is decodable, whatever layers are wanted and flow', () => {
  fc.assert(
    fc.property(steps(79), (taken) => {
      const scene = run(taken);

      checkOrder(scene);
      checkWhole(scene);
      checkReferences(scene);
    }),
    { numRuns: 150 },
  );
});

test('with losses, disorder and duplicates the rest stays continuous and decodable', () => {
  fc.assert(
    fc.property(steps(99), (taken) => {
      const scene = run(taken);

      checkOrder(scene);
      checkReferences(scene);
    }),
    { numRuns: 150 },
  );
});

test('the properties above see all layers', () => {
  const filmed = (count: number): Step[] =>
    Array.from({ length: count }, () => ({
      type: 'film',
      ms: 40,
      parts: 2,
      fates: new Array<number>(9).fill(0),
    }));
  const scene = run([
    ...[...filmed(10), { type: 'want', substream: 0, temporal: 0 } as const, ...filmed(20)],
    ...[{ type: 'want', substream: 2, temporal: 2 } as const, ...filmed(40)],
  ]);

  const seen = new Set(inOrder(scene).map((one) => `${one.layer}/${pictureOf(scene, one).temporal}`));
  assert.deepEqual([...seen].sort(), ['0/0', '2/0', '2/1', '2/2']);
});
