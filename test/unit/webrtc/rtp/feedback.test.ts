import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  extensionUri,
  writeFir,
  writeNack,
  writePli,
  writeRemb,
  writeTransportFeedback,
  type RtcpBlock,
  type RtpFeedback,
  type StreamPlan,
} from '#janus/media';
import { FakeClock } from '../../../support/fake-clock.ts';
import type { LegOptions } from '../../../support/media-end.ts';
import { RawMediaPeer } from '../../../support/raw-media-peer.ts';
import { rtpBytes } from '../../../support/rtp-stream.ts';

const video: StreamPlan = { kind: 'video', direction: 'sendrecv', codecs: ['VP8'] };
const theirs = 77;

class Scene {
  readonly clock = new FakeClock();
  readonly heard: RtpFeedback[] = [];
  readonly peer: RawMediaPeer;
  readonly #transportWideId: number;

  constructor(options: LegOptions = {}) {
    this.peer = new RawMediaPeer(this.clock, [video], options);
    const { extensions } = this.peer.media.sender('0').parameters;
    this.#transportWideId = extensions.get(extensionUri.transportWide) ?? 15;
    this.peer.media.sender('0').onFeedback((feedback) => this.heard.push(feedback));
  }

  get ssrc(): number {
    return this.peer.media.sender('0').parameters.ssrc;
  }

  /** The peer sends packets; their transport-wide numbers are their own. */
  arrive(...numbers: readonly number[]): void {
    const id = this.#transportWideId;
    for (const sequenceNumber of numbers)
      this.peer.rtp(
        rtpBytes({
          sequenceNumber,
          ssrc: theirs,
          extensions: { [id]: [sequenceNumber >> 8, sequenceNumber & 0xff] },
        }),
      );
  }

  /** We send a packet, whose head has room for a transport-wide number. */
  send(sequenceNumber: number): void {
    const sender = this.peer.media.sender('0');
    const packet = rtpBytes({
      sequenceNumber,
      ssrc: sender.parameters.ssrc,
      extensions: { [this.#transportWideId]: [0, 0] },
    });
    sender.send(packet, packet.length, packet, packet.length);
  }

  say(write: (out: Buffer) => number): void {
    const out = Buffer.alloc(1200);
    this.peer.rtcp(out.subarray(0, write(out)));
  }

  told<T extends RtcpBlock['type']>(type: T): Extract<RtcpBlock, { type: T }>[] {
    const { rtcp } = this.peer.take();
    return rtcp.filter((block): block is Extract<RtcpBlock, { type: T }> => block.type === type);
  }
}

test('arrivals are told within 100 ms, and then no timer runs', () => {
  const scene = new Scene();
  scene.arrive(100, 101);
  scene.clock.advance(8);
  scene.arrive(103);

  scene.clock.advance(91);
  assert.deepEqual(scene.told('transport_feedback'), []);
  scene.clock.advance(1);

  const [block, ...others] = scene.told('transport_feedback');
  assert.equal(others.length, 0);
  assert.equal(block?.media, theirs);
  assert.deepEqual(block.feedback, {
    firstNumber: 100,
    count: 0,
    arrivals: new Float64Array([0, 0, NaN, 8]),
  });
  scene.clock.advance(1000);
  assert.equal(scene.clock.pending, 0);
});

test('without transport-wide numbers nothing is told of them, nor written into packets', () => {
  const scene = new Scene({ hasTransportCc: false });
  scene.arrive(100, 101);
  scene.send(1);
  scene.clock.advance(200);

  const { rtp, rtcp } = scene.peer.take();
  assert.deepEqual(rtcp, []);
  assert.equal(rtp[0]?.readUInt16BE(17), 0);
});

test('packets are numbered across streams as they go out, not when they cannot', () => {
  const scene = new Scene();
  const dropped = rtpBytes({ ssrc: scene.ssrc, payload: new Array<number>(1500).fill(0) });
  scene.send(1);
  scene.peer.media.sender('0').send(dropped, dropped.length, dropped, dropped.length);
  scene.send(2);

  const numbers = scene.peer.take().rtp.map((packet) => packet.readUInt16BE(17));
  assert.deepEqual(numbers, [0, 1]);
});

test('what the feedback of the peer says of its way is told to those who send, five times a second at most', () => {
  const scene = new Scene();
  for (let round = 0; round < 40; round += 1) {
    for (let packet = 0; packet < 10; packet += 1) scene.send(10 * round + packet);
    scene.clock.advance(25);
    const arrivals = new Float64Array(10).fill(1000 + 25 * round);
    scene.say((out) => writeTransportFeedback(out, 0, theirs, scene.ssrc, 10 * round, round, arrivals, 10));
  }

  const told = scene.heard.filter(({ type }) => type === 'bandwidth');
  assert.ok(told.length >= 4 && told.length <= 6, `${told.length}`);
  assert.ok((scene.peer.media.stats().availableBitsPerSecond ?? 0) >= 3_000_000);
});

test('what the peer asks for limits what is told, while it goes on asking', () => {
  const scene = new Scene();
  scene.send(1);
  const arrivals = new Float64Array(1);
  scene.say((out) => writeTransportFeedback(out, 0, theirs, scene.ssrc, 0, 0, arrivals, 1));
  scene.say((out) => writeRemb(out, 0, theirs, 128_000, [scene.ssrc]));
  scene.clock.advance(200);

  assert.deepEqual(scene.heard.at(-1), { type: 'bandwidth', bitsPerSecond: 128_000 });
  scene.clock.advance(5000);
  assert.equal(scene.peer.media.stats().availableBitsPerSecond, 3_000_000);
});

test('a storm of keyframe requests is four, and then one a second', () => {
  const scene = new Scene();
  for (let index = 0; index < 100; index += 1) {
    scene.say((out) => writePli(out, 0, theirs, scene.ssrc));
    scene.say((out) => writeFir(out, 0, theirs, scene.ssrc, index));
  }
  assert.equal(scene.heard.length, 4);

  scene.clock.advance(2000);
  for (let index = 0; index < 100; index += 1) scene.say((out) => writePli(out, 0, theirs, scene.ssrc));
  assert.equal(scene.heard.length, 6);
  assert.equal(scene.peer.media.stats().streams[0]?.keyframeRequests, 300);
});

test('more than 500 packets of RTCP at once are counted and not read', () => {
  const scene = new Scene();
  for (let index = 0; index < 800; index += 1)
    scene.say((out) => writeNack(out, 0, theirs, scene.ssrc, [index]));

  assert.equal(scene.heard.length, 500);
  assert.equal(scene.peer.media.stats().refused.rate, 300);
});

test('keyframes wanted by many are asked for once in 300 ms', () => {
  const scene = new Scene();
  scene.arrive(1);
  scene.clock.advance(400);
  scene.peer.take();

  for (let index = 0; index < 50; index += 1) scene.peer.media.requestKeyframe('0');
  assert.deepEqual(
    scene.told('pli').map(({ media }) => media),
    [theirs],
  );
  scene.clock.advance(299);
  assert.equal(scene.told('pli').length, 0);
  scene.clock.advance(1);
  assert.equal(scene.told('pli').length, 1);
  scene.clock.advance(5000);
  assert.equal(scene.told('pli').length, 0);
});

test('a keyframe that is wanted before anything arrives is asked for by no busy timer', () => {
  const scene = new Scene();
  scene.peer.media.requestKeyframe('0');
  scene.peer.media.requestKeyframe('0', 'h');

  assert.equal(scene.clock.pending, 0);
});

test('a loss that stays one is asked for six times, and then a keyframe is', () => {
  const scene = new Scene();
  scene.arrive(1, 2, 4);

  let nacks = 0;
  let keyframes = 0;
  for (let step = 0; step < 200; step += 1) {
    scene.clock.advance(10);
    const { rtcp } = scene.peer.take();
    nacks += rtcp.filter((block) => block.type === 'nack').length;
    keyframes += rtcp.filter((block) => block.type === 'pli').length;
  }

  assert.deepEqual([nacks, keyframes], [6, 1]);
  assert.equal(scene.clock.pending, 0);
});

test('a limit is told at once and every second, for all streams together', () => {
  const scene = new Scene();
  scene.arrive(1);
  scene.peer.take();

  scene.peer.media.limitBitrate(128_000);
  scene.peer.media.tick(1000);

  const told = scene.told('remb');
  assert.deepEqual(
    told.map(({ bitsPerSecond, ssrcs }) => [bitsPerSecond, ssrcs]),
    [
      [128_000, [theirs]],
      [128_000, [theirs]],
    ],
  );
});

test('the numbers of a peer that was made anew begin anew', () => {
  const scene = new Scene();
  scene.arrive(300, 301);
  scene.clock.advance(100);
  scene.peer.take();

  scene.peer.restart();
  scene.arrive(100);
  scene.clock.advance(100);

  assert.equal(scene.told('transport_feedback')[0]?.feedback.firstNumber, 100);
});

test('a disposed transport leaves no timer, and starts none', () => {
  const scene = new Scene();
  scene.arrive(1, 3);
  assert.equal(scene.clock.pending, 1);

  scene.peer.media[Symbol.dispose]();
  assert.equal(scene.clock.pending, 0);
  scene.arrive(5);
  scene.peer.media.tick(1000);
  assert.equal(scene.clock.pending, 0);
});
