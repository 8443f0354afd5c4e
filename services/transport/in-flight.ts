import { MediaError } from '#schemas';
import { LazyAbort, Roster, type Clock } from '#services/kernel';
import { waitAtMost } from './patience.ts';

/** How long requests that were told to give up may still take to say so, in milliseconds. */
const lastWordsMs = 1000;

/** The requests being answered: so many at most, and a transport that ends waits for them. */
export class InFlight {
  readonly #capacity: number;
  readonly #onFailure: (cause: unknown) => void;
  readonly #running = new Roster<LazyAbort>();
  #whenIdle: (() => void)[] = [];

  /** `onFailure` is told what a piece of work threw; that is a bug. */
  constructor(capacity: number, onFailure: (cause: unknown) => void) {
    this.#capacity = capacity;
    this.#onFailure = onFailure;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Starts to answer one request; false if as many as may be are being answered. */
  start(work: (request: LazyAbort) => Promise<void>): boolean {
    if (this.#running.size >= this.#capacity) return false;
    void this.#carryOut(work);
    return true;
  }

  /** Tells all that nobody waits for their replies any more. */
  abort(reason: MediaError): void {
    for (const request of this.#running) request.abort(reason);
  }

  /** Waits until all are answered. Those that are not after `patienceMs` are aborted with `draining`. Never rejects. */
  async drain(clock: Clock, patienceMs: number): Promise<void> {
    if (await waitAtMost(clock, patienceMs, this.#idle())) return;
    this.abort(new MediaError('draining'));
    await waitAtMost(clock, lastWordsMs, this.#idle());
  }

  async #carryOut(work: (request: LazyAbort) => Promise<void>): Promise<void> {
    const request = new LazyAbort();
    const place = this.#running.add(request);
    try {
      await work(request);
    } catch (cause) {
      this.#onFailure(cause);
    } finally {
      place[Symbol.dispose]();
      if (this.#running.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  #idle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
