import type { Clock } from '#services/kernel';

/** One timer for all that is to be done at some time: it is set to the earliest. Disposing cancels it. */
export class WakeUp implements Disposable {
  readonly #clock: Clock;
  readonly #fire: () => void;
  #at = Infinity;
  #timer: Disposable | undefined;

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Fires at `at`, on the clock's scale, or before; Infinity asks for nothing. Cheap where it is set already. */
  before(at: number): void {
    if (at >= this.#at) return;
    this.#timer?.[Symbol.dispose]();
    this.#at = at;
    this.#timer = this.#clock.at(at, () => {
      this.#at = Infinity;
      this.#timer = undefined;
      this.#fire();
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#at = -Infinity;
  }
}
