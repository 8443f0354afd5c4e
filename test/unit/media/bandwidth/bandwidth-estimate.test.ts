import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BandwidthEstimate } from '#janus/media';
import { SeededRandom } from '../../../support/seeded-random.ts';

/** What a simulated way is like. */
interface Way {
  readonly bitsPerSecond: number;
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly lossRatio?: number;
  /** What waits longer in the queue is dropped. */
  readonly queueMs?: number;
}

const packetBytes = 1200;
const feedbackMs = 100;

/** A sender of so many bits per second over a way with one queue, and feedback from its end. */
class Simulation {
  readonly estimate = new BandwidthEstimate();
  now = 0;
  readonly #random = new SeededRandom(7);
  #first = 0;
  #arrivals: number[] = [];
  #freeAt = 0;
  #sentAt = 0;

  run(ms: number, sentBitsPerSecond: number, way: Way): number {
    const interval = (8000 * packetBytes) / sentBitsPerSecond;
    for (const end = this.now + ms; this.now < end;) {
      const feedbackAt = this.now + feedbackMs;
      this.#sentAt = Math.max(this.#sentAt, this.now);
      for (; this.#sentAt < feedbackAt; this.#sentAt += interval) this.#send(this.#sentAt, way);
      this.now = feedbackAt;
      const arrivals = new Float64Array(this.#arrivals);
      this.estimate.heed(
        { firstNumber: this.#first & 0xffff, count: 0, arrivals },
        this.now + 2 * (way.delayMs ?? 20),
      );
      this.#first += arrivals.length;
      this.#arrivals = [];
    }
    return this.estimate.bitsPerSecond ?? 0;
  }

  #send(at: number, way: Way): void {
    this.estimate.numbers.sent(packetBytes, at);
    const start = Math.max(at, this.#freeAt);
    if (this.#chance() < (way.lossRatio ?? 0) || start - at > (way.queueMs ?? 400)) {
      this.#arrivals.push(NaN);
      return;
    }
    this.#freeAt = start + (8000 * packetBytes) / way.bitsPerSecond;
    this.#arrivals.push(this.#freeAt + (way.delayMs ?? 20) + this.#chance() * (way.jitterMs ?? 0) + 1e6);
  }

  #chance(): number {
    return this.#random.uint32() / 2 ** 32;
  }
}

test('nothing is known before the first feedback', () => {
  assert.equal(new BandwidthEstimate().bitsPerSecond, undefined);
});

test('a way that carries less than is sent is found within a second, and not given up', () => {
  for (const capacity of [300_000, 1_000_000, 2_500_000]) {
    const simulation = new Simulation();
    simulation.run(2000, 0.8 * capacity, { bitsPerSecond: capacity });

    const estimate = simulation.run(1000, 2 * capacity, { bitsPerSecond: capacity });

    assert.ok(estimate <= capacity, `${estimate} of ${capacity}`);
    assert.ok(estimate >= 0.6 * capacity, `${estimate} of ${capacity}`);
  }
});

test('a sender that follows the estimate stays near what the way carries', () => {
  const simulation = new Simulation();
  const capacity = 1_000_000;
  let sum = 0;
  for (let step = 0; step < 300; step += 1) {
    const sent = Math.min(3_000_000, simulation.estimate.bitsPerSecond ?? 3_000_000);
    simulation.run(200, sent, { bitsPerSecond: capacity });
    if (step >= 100) sum += sent / 200;
  }

  assert.ok(sum > 0.7 * capacity && sum < 1.1 * capacity, `${sum}`);
});

test('a way with room is not taken for a full one, for all its jitter and few losses', () => {
  for (const jitterMs of [0, 5, 30]) {
    const simulation = new Simulation();

    const estimate = simulation.run(20_000, 1_000_000, {
      bitsPerSecond: 20_000_000,
      jitterMs,
      lossRatio: 0.01,
    });

    assert.ok(estimate >= 2_000_000, `${estimate} at ${jitterMs} ms`);
  }
});

test('it grows beyond what was tried, but not without end', () => {
  const simulation = new Simulation();

  const estimate = simulation.run(120_000, 1_000_000, { bitsPerSecond: 100_000_000 });

  assert.ok(estimate > 3_500_000 && estimate < 4_500_000, `${estimate}`);
});

test('many losses cut it, few leave it, and it recovers after both', () => {
  const simulation = new Simulation();
  const before = simulation.run(3000, 2_000_000, { bitsPerSecond: 50_000_000 });

  const some = simulation.run(3000, 2_000_000, { bitsPerSecond: 50_000_000, lossRatio: 0.05 });
  const many = simulation.run(3000, 2_000_000, { bitsPerSecond: 50_000_000, lossRatio: 0.3 });
  const after = simulation.run(30_000, 2_000_000, { bitsPerSecond: 50_000_000 });

  assert.ok(some >= 0.9 * before && some <= 1.1 * before, `${some} after ${before}`);
  assert.ok(many < 0.5 * before, `${many}`);
  assert.ok(after > 2_000_000, `${after}`);
});

test('it stays between its bounds', () => {
  const simulation = new Simulation();

  const least = simulation.run(20_000, 200_000, { bitsPerSecond: 10_000 });

  assert.equal(least, 50_000);
});

test('a peer whose clock jumps is a peer that begins anew', () => {
  const simulation = new Simulation();
  const before = simulation.run(2000, 1_000_000, { bitsPerSecond: 5_000_000 });

  const after = simulation.run(2000, 1_000_000, { bitsPerSecond: 5_000_000, delayMs: 5_000_000 });

  assert.ok(after >= before, `${after} after ${before}`);
});
