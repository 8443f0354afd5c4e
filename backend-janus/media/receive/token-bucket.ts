/** How much may come: steadily, and at once. */
export interface Rate {
  readonly perSecond: number;
  /** Taken from a full bucket before the rate counts. */
  readonly burst: number;
}

/** Lets through a burst and then a rate; has no timer. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  /** Later than any time: a new bucket is full, and time begins with the first `take`. */
  #filledAt = Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** Takes one token; false if there is none. `now` is in milliseconds. */
  take(now: number): boolean {
    const gained = (Math.max(0, now - this.#filledAt) * this.#rate.perSecond) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
