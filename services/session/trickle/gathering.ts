import type { Candidate, Description } from '#schemas';
import { mostCandidates, type Trickled } from './candidate-gate.ts';
import { insertCandidates } from './insert-candidates.ts';

/** Whose description is being completed. */
export type Side = 'client' | 'backend';

/** A description that is held until its candidates are inside. */
export class Gathering {
  readonly kind: 'offer' | 'answer';
  readonly side: Side;
  /** When it goes on with the candidates it has. */
  readonly deadline: number;
  readonly #held: Description;
  readonly #candidates: Candidate[] = [];

  constructor(held: Description, kind: 'offer' | 'answer', side: Side, deadline: number) {
    this.#held = held;
    this.kind = kind;
    this.side = side;
    this.deadline = deadline;
  }

  /** Takes one candidate; true if it was the end of them. */
  add(candidate: Trickled): boolean {
    if (candidate === undefined) return true;
    if (this.#candidates.length < mostCandidates) this.#candidates.push(candidate);
    return false;
  }

  /** The description with its candidates inside; undefined if none came. */
  complete(): Description | undefined {
    if (this.#candidates.length === 0) return undefined;
    const sdp = insertCandidates(this.#held.sdp, this.#candidates);
    return { ...this.#held, sdp, trickle_ice: false };
  }
}
