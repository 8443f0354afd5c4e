/** Too much for so long is no peak of a keyframe. */
const patienceMs = 300;

/** Too much by that factor is not waited for. */
const farTooMuch = 1.5;

/** A rung that is climbed to must leave that room. */
const roomAbove = 1.15;

/** After a step the measured rates and the estimate settle. */
const settleMs = 2000;

/**
 * What a receiver estimates is bounded by what it gets, so an estimate well above the present rate says only that the
 * way is not full: then the next rung is tried, first after a pause that doubles with each failure.
 */
const roomToProbe = 1.4;
const firstProbeMs = 5000;
const longestProbeMs = 60_000;

/** A step up that is taken back within that time has failed. */
const trialMs = 5000;

/**
 * Chooses among rungs of rising bitrate so that what goes out stays under an estimate of the way to the peer, without
 * swinging between two of them.
 */
export class BandwidthCap {
  /** What the way can carry, in bit/s; undefined where nobody says. */
  budget: number | undefined;
  #rung = Infinity;
  #overSince: number | undefined;
  #changedAt = -Infinity;
  #climbedAt = -Infinity;
  #probeMs = firstProbeMs;

  /**
   * The rung to take, at most `highest`, which is what is wanted and flows; `rateOf` tells the rates. Never below 0:
   * the lowest goes out even where it is too much.
   */
  choose(highest: number, rateOf: (rung: number) => number, now: number): number {
    const { budget } = this;
    if (budget === undefined) return (this.#rung = highest);
    const rung = Math.min(this.#rung, highest);
    const rate = rateOf(rung);
    if (rate > budget) return this.#descend(rung, rate, budget, rateOf, now);
    this.#overSince = undefined;
    if (rung >= highest) return (this.#rung = rung);
    return this.#climb(rung, highest, rateOf, now);
  }

  #descend(
    rung: number,
    rate: number,
    budget: number,
    rateOf: (rung: number) => number,
    now: number,
  ): number {
    this.#overSince ??= now;
    const isPatient = now - this.#overSince < patienceMs && rate < farTooMuch * budget;
    if (isPatient || rung === 0) return (this.#rung = rung);
    let lower = rung - 1;
    while (lower > 0 && rateOf(lower) > budget) lower -= 1;
    const hasFailed = now - this.#climbedAt < trialMs;
    this.#probeMs = hasFailed ? Math.min(2 * this.#probeMs, longestProbeMs) : firstProbeMs;
    return this.#step(lower, now);
  }

  #climb(rung: number, highest: number, rateOf: (rung: number) => number, now: number): number {
    const { budget = 0 } = this;
    const rate = rateOf(rung);
    const settledMs = now - this.#changedAt;
    const fits = settledMs >= settleMs && roomAbove * rateOf(rung + 1) <= budget;
    const mayProbe = settledMs >= this.#probeMs && roomToProbe * rate <= budget;
    if (!fits && !mayProbe) return (this.#rung = rung);
    this.#climbedAt = now;
    let higher = rung + 1;
    while (higher < highest && rateOf(higher) <= rate) higher += 1;
    return this.#step(higher, now);
  }

  #step(rung: number, now: number): number {
    this.#overSince = undefined;
    this.#changedAt = now;
    return (this.#rung = rung);
  }
}
