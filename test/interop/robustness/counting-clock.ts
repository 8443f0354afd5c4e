import type { Clock } from '#services/kernel';

/** A clock that counts the timers that are armed. */
export class CountingClock implements Clock {
  readonly #clock: Clock;
  readonly #armed = new Set<symbol>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that have neither fired nor been disposed. */
  get pending(): number {
    return this.#armed.size;
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  at(at: number, fire: () => void): Disposable {
    const name = Symbol('timer');
    this.#armed.add(name);
    const timer = this.#clock.at(at, () => {
      this.#armed.delete(name);
      fire();
    });
    return {
      [Symbol.dispose]: () => {
        this.#armed.delete(name);
        timer[Symbol.dispose]();
      },
    };
  }
}
