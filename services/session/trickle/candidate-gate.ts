import type { Candidate } from '#schemas';

/** A candidate, or undefined for end-of-candidates. */
export type Trickled = Candidate | undefined;

/** More than any browser gathers; the rest is dropped (media-security.md section 2.6). */
export const mostCandidates = 64;

/** Candidates whose description is still missing by then belong to nothing. */
export const candidatesKeptForMs = 45_000;

type State =
  | {
      readonly name: 'holding';
      readonly kept: readonly Candidate[];
      readonly isComplete: boolean;
      readonly since?: number;
    }
  | { readonly name: 'passing' }
  | { readonly name: 'closed' };

const empty: State = { name: 'holding', kept: [], isComplete: false };

/** One side's candidates: held until the other has the description they belong to, then passed on. */
export class CandidateGate {
  readonly #keptForMs: number | undefined;
  #state: State = empty;

  /** `keptForMs`: how long candidates wait for their description; undefined is as long as the session. */
  constructor(keptForMs: number | undefined) {
    this.#keptForMs = keptForMs;
  }

  /** When what is held is given up. */
  get deadline(): number | undefined {
    if (this.#state.name !== 'holding' || this.#state.since === undefined) return undefined;
    return this.#keptForMs === undefined ? undefined : this.#state.since + this.#keptForMs;
  }

  /** Takes what the one side sent; returns what the other may have now. */
  take(candidate: Trickled, now: number): readonly Trickled[] {
    if (this.#state.name === 'passing') return [candidate];
    if (this.#state.name === 'closed') return [];
    const { kept, isComplete, since = now } = this.#state;
    const fits = candidate !== undefined && kept.length < mostCandidates;
    this.#state = {
      name: 'holding',
      kept: fits ? [...kept, candidate] : kept,
      isComplete: isComplete || candidate === undefined,
      since,
    };
    return [];
  }

  /** The other side has the description: returns what was held, and lets everything pass from here on. */
  pass(): readonly Trickled[] {
    const held = this.drain();
    if (this.#state.name === 'holding') this.#state = { name: 'passing' };
    return held;
  }

  /** Returns what is held, and holds on. */
  drain(): readonly Trickled[] {
    if (this.#state.name !== 'holding') return [];
    const { kept, isComplete } = this.#state;
    this.#state = empty;
    return isComplete ? [...kept, undefined] : kept;
  }

  /** The candidates are inside the description: those that still come are late, and dropped. */
  close(): void {
    this.#state = { name: 'closed' };
  }

  /** Gives up what has been held for too long. */
  expire(now: number): void {
    if (this.deadline !== undefined && now >= this.deadline) this.#state = empty;
  }
}
