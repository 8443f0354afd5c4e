import type { Finish } from './door.ts';
import { pace } from './pacer.ts';

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

/** Asks `perSecond` times a second for `ms` milliseconds, whether or not replies come. */
export async function openLoop(work: () => Promise<Finish>, perSecond: number, ms: number): Promise<Loop> {
  const tally = new Tally();
  const due: number[] = [];
  const leave = (): void => {
    while (due.length > 0 && tally.inFlight < mostInFlight)
      void tally.run(work, due.shift() ?? NaN).then(leave);
  };
  const startedAt = performance.now();
  await pace(Math.round((perSecond * ms) / 1000), perSecond, (intendedAt) => {
    due.push(intendedAt);
    leave();
  });
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
    while (this.#running.size > 0) await Promise.all(this.#running);
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
