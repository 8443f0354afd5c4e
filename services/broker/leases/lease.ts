import type { Machine } from '#services/kernel';

/** Everything that can happen to a lease. */
export interface LeaseInput {
  readonly type: 'renew' | 'close';
}

/** The only thing that a lease ever says, once. */
export interface LeaseOutput {
  readonly type: 'lapsed';
  /** Whether its holder gave it up, or let its time pass. */
  readonly reason: 'closed' | 'expired';
}

/** One lease: it lapses when it was not renewed for its time, or when it is closed. */
export class Lease implements Machine<LeaseInput, LeaseOutput> {
  readonly #ttlMs: number;
  /** When it lapses; undefined once it has. */
  #until: number | undefined;

  constructor(ttlMs: number, now: number) {
    this.#ttlMs = ttlMs;
    this.#until = now + ttlMs;
  }

  get deadline(): number | undefined {
    return this.#until;
  }

  tick(now: number): LeaseOutput[] {
    return this.#until !== undefined && now >= this.#until ? this.#lapse('expired') : [];
  }

  handle(input: LeaseInput, now: number): LeaseOutput[] {
    if (this.#until === undefined) return [];
    if (input.type === 'close') return this.#lapse('closed');
    this.#until = now + this.#ttlMs;
    return [];
  }

  #lapse(reason: LeaseOutput['reason']): LeaseOutput[] {
    this.#until = undefined;
    return [{ type: 'lapsed', reason }];
  }
}
