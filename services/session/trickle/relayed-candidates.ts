import { mostCandidates, type Trickled } from './candidate-gate.ts';

/** What the client of a relaying session trickled, for a session that is linked to it later. */
export class RelayedCandidates {
  readonly #kept: Trickled[] = [];

  /** All so far, the end of them included. */
  get all(): readonly Trickled[] {
    return this.#kept;
  }

  /** Keeps one; those above 64 are not kept. */
  add(candidate: Trickled): void {
    if (this.#kept.length < mostCandidates) this.#kept.push(candidate);
  }
}
