import { lookMs } from './layers/layer-selection.ts';
import type { PublisherClock } from './publisher-clock.ts';
import type { Source, SourceKeeper } from './source.ts';

/** Who is told of the sources that are, or will be, published under an id. */
export interface SourceWaiter {
  /** The one layer that is waited for; all if undefined. */
  readonly layer: number | undefined;
  /** The sources there are, from low to high, whenever that changes; at least one. */
  follow(sources: readonly Source[]): void;
  /** Time to look at the layers again; called while packets come. */
  look(now: number): void;
}

/** One m-line of one publisher: its encodings, and who waits for them. */
export class PublishedStream implements SourceKeeper {
  readonly #clock: PublisherClock;
  readonly #onEmpty: () => void;
  /** From the lowest layer to the highest. */
  #sources: readonly Source[] = [];
  #waiters: readonly SourceWaiter[] = [];
  #lookedAt = -Infinity;

  /** `onEmpty` is called when it has neither sources nor waiters any more. */
  constructor(clock: PublisherClock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  /** Sources and waiters. */
  get size(): number {
    return this.#sources.length + this.#waiters.length;
  }

  /** Takes a source, in the place of the one with the same layer, which ends. */
  add(source: Source): void {
    const before = this.#sources.find(({ layer }) => layer === source.layer);
    this.#sources = [...this.#sources.filter((one) => one !== before), source].sort(
      (one, other) => one.layer - other.layer,
    );
    before?.[Symbol.dispose]();
    for (const waiter of this.#waiters) this.#tell(waiter);
  }

  /** Tells `waiter` of the sources from now on. */
  join(waiter: SourceWaiter): Disposable {
    this.#waiters = [...this.#waiters, waiter];
    this.#tell(waiter);
    return { [Symbol.dispose]: () => this.#leave(waiter) };
  }

  arrived(now: number, isReturn: boolean): void {
    if (now - this.#lookedAt < lookMs && !isReturn) return;
    this.#lookedAt = now;
    for (const waiter of this.#waiters) waiter.look(now);
  }

  localTime(wallTimeMs: number): number {
    return this.#clock.localTime(wallTimeMs);
  }

  ended(source: Source): void {
    if (!this.#sources.includes(source)) return;
    this.#sources = this.#sources.filter((one) => one !== source);
    for (const waiter of this.#waiters) this.#tell(waiter);
    this.#released();
  }

  #leave(waiter: SourceWaiter): void {
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    this.#released();
  }

  #tell(waiter: SourceWaiter): void {
    const { layer } = waiter;
    const sources = layer === undefined ? this.#sources : this.#sources.filter((one) => one.layer === layer);
    if (sources.length > 0) waiter.follow(sources);
  }

  #released(): void {
    if (this.size === 0) this.#onEmpty();
  }
}
