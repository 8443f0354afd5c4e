/** A difference that large is a clock that was set, and no jitter of the way. */
const mostDriftMs = 500;

/**
 * Translates the wall clock of one publisher to ours, by one offset for all of its streams, so that they stay in sync
 * whatever delay each report had on its way.
 */
export class PublisherClock {
  readonly #wallTime: () => number;
  #offset: number | undefined;

  constructor(wallTime: () => number) {
    this.#wallTime = wallTime;
  }

  /** Our time, in milliseconds since the Unix epoch, for a time that the publisher's report tells as present. */
  localTime(wallTimeMs: number): number {
    const measured = this.#wallTime() - wallTimeMs;
    if (this.#offset === undefined || Math.abs(measured - this.#offset) > mostDriftMs)
      this.#offset = measured;
    return wallTimeMs + this.#offset;
  }
}
