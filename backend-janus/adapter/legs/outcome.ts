import type { Description } from '#schemas';

/** How an operation came out. */
export interface Outcome {
  readonly local?: Description;
  readonly result?: object;
}
