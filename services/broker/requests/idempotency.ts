import { Table, type Clock } from '#services/kernel';
import type { ErrorBody } from '../serve.ts';

/** What a command led to: a reply without the number of its request. */
export type Outcome =
  { readonly result: 'ok'; readonly data: object } | { readonly result: 'error'; readonly data: ErrorBody };

/** How much is remembered; the oldest outcome goes first. */
export interface IdempotencyLimits {
  /** How long an outcome is remembered. */
  readonly rememberedForMs: number;
  readonly mostOutcomes: number;
  /** Characters of JSON, all outcomes together. */
  readonly mostCharacters: number;
}

const defaults: IdempotencyLimits = {
  rememberedForMs: 5 * 60_000,
  mostOutcomes: 100_000,
  mostCharacters: 64 * 1024 * 1024,
};

interface Remembered {
  readonly outcome: Outcome;
  readonly until: number;
  readonly characters: number;
}

/** Makes a command that is sent twice happen once: a repeat shares the execution or gets the first outcome. */
export class Idempotency {
  readonly #clock: Clock;
  readonly #limits: IdempotencyLimits;
  readonly #running = new Table<string, Promise<Outcome>>();
  /** Oldest first. */
  readonly #remembered = new Table<string, Remembered>();
  #characters = 0;

  constructor(clock: Clock, limits: IdempotencyLimits = defaults) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Outcomes that are remembered now. */
  get size(): number {
    return this.#remembered.size;
  }

  /** Runs `work`, unless it ran under the same key, or does now. `work` must not reject. */
  once(key: string, work: () => Promise<Outcome>): Promise<Outcome> {
    this.#forgetOld();
    const known = this.#remembered.get(key);
    if (known !== undefined) return Promise.resolve(known.outcome);
    const running = this.#running.get(key) ?? this.#run(key, work);
    return running;
  }

  #run(key: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const running = work().then((outcome) => {
      this.#running.delete(key);
      this.#remember(key, outcome);
      return outcome;
    });
    this.#running.set(key, running);
    return running;
  }

  #remember(key: string, outcome: Outcome): void {
    const characters = JSON.stringify(outcome).length;
    const until = this.#clock.now() + this.#limits.rememberedForMs;
    this.#remembered.set(key, { outcome, until, characters });
    this.#characters += characters;
    this.#forgetOld();
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    const { mostOutcomes, mostCharacters } = this.#limits;
    for (const [key, { until, characters }] of this.#remembered) {
      const isTooMuch = this.#remembered.size > mostOutcomes || this.#characters > mostCharacters;
      if (until > now && !isTooMuch) return;
      this.#remembered.delete(key);
      this.#characters -= characters;
    }
  }
}
