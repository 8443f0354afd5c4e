import type { Finish } from './door.ts';

/** What one loop found. */
export interface Loop {
  /** From the moment at which each request should have left to its reply, in milliseconds. */
  readonly timesMs: readonly number[];
  /** How late each request left: what the load itself adds. */
  readonly lagsMs: readonly number[];
  readonly failed: number;
  readonly elapsedMs: number;
}

/** At one time; a request beyond that leaves when another is done, and its time runs all the same. */
const mostInFlight = 500;

/**
 * Asks `perSecond` times a second for `ms` milliseconds, whether or not replies come. Between requests it looks for
 * replies without sleeping, since a timer of Node would be up to a millisecond late.
 */
export async function openLoop(work: () => Promise<Finish>, perSecond: number, ms: number): Promise<Loop> {
  const tally = new Tally();
  const count = Math.round((perSecond * ms) / 1000);
  const startedAt = performance.now();
  for (let next = 0; next < count;) {
    for (; next < count && tally.inFlight < mostInFlight; next += 1) {
      const intendedAt = startedAt + (1000 * next) / perSecond;
      if (performance.now() < intendedAt) break;
      void tally.run(work, intendedAt);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await tally.settled();
  return tally.loop(performance.now() - startedAt);
}

/** Asks as fast as replies come, with `abreast` requests in flight, for `ms` milliseconds. */
export async function closedLoop(work: () => Promise<Finish>, abreast: number, ms: number): Promise<Loop> {
  const tally = new Tally();
  const startedAt = performance.now();
  const one = async (): Promise<void> => {
    for (let now = startedAt; now < startedAt + ms; now = performance.now()) await tally.run(work, now);
  };
  await Promise.all(Array.from({ length: abreast }, one));
  return tally.loop(performance.now() - startedAt);
}

class Tally {
  readonly #timesMs: number[] = [];
  readonly #lagsMs: number[] = [];
  readonly #running = new Set<Promise<void>>();
  #failed = 0;

  get inFlight(): number {
    return this.#running.size;
  }

  /** Never rejects. What the request began is ended after its time was taken. */
  run(work: () => Promise<Finish>, intendedAt: number): Promise<void> {
    const running = this.#measure(work, intendedAt).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  loop(elapsedMs: number): Loop {
    return { timesMs: this.#timesMs, lagsMs: this.#lagsMs, failed: this.#failed, elapsedMs };
  }

  async #measure(work: () => Promise<Finish>, intendedAt: number): Promise<void> {
    this.#lagsMs.push(performance.now() - intendedAt);
    try {
      const finish = await work();
      this.#timesMs.push(performance.now() - intendedAt);
      await finish();
    } catch {
      this.#failed += 1;
    }
  }
}
