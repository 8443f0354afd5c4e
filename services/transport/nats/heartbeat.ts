import type { Clock } from '#services/kernel';

/** What a node tells of itself every second. */
export interface NodeReading {
  /** Sessions it runs. */
  readonly sessions: number;
  /** How busy it is, from 0 (idle) to 1 (full). */
  readonly load: number;
  /** It takes no new sessions because it is going away. */
  readonly draining: boolean;
}

/** Platform decision: three missed ones mean that a node may be dead. */
const periodMs = 1000;

/** Calls `beat` now and then every second until disposed. */
export class Heartbeat implements Disposable {
  readonly #clock: Clock;
  readonly #beat: () => void;
  #timer: Disposable | undefined;

  constructor(clock: Clock, beat: () => void) {
    this.#clock = clock;
    this.#beat = beat;
    this.#tick(clock.now());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  /** The next one counts from when this one was due, so that the period does not drift. */
  #tick(due: number): void {
    const next = Math.max(due, this.#clock.now() - periodMs) + periodMs;
    this.#timer = this.#clock.at(next, () => this.#tick(next));
    this.#beat();
  }
}
