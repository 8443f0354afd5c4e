/** Left-out packets remembered; a packet later than all of them has no number any more. A power of two. */
const remembered = 64;

/** What `map` and `inverse` return where there is no number. */
export const unmapped = -1;

/**
 * Maps the extended sequence numbers of a stream to those of a subscriber, closing the gaps of packets that are left
 * out on purpose. Losses stay gaps, and a late packet gets the number that waited for it.
 */
export class SequenceMap {
  readonly #firstIn: number;
  readonly #base: number;
  #leftOut: Float64Array | undefined;
  #count = 0;
  #highest: number;

  /** `firstIn` becomes `firstOut`; numbers before it have no place. */
  constructor(firstIn: number, firstOut: number) {
    this.#firstIn = firstIn;
    this.#base = firstIn - firstOut;
    this.#highest = firstIn - 1;
  }

  /** The highest number of the stream so far. */
  get highest(): number {
    return this.#highest;
  }

  /** The subscriber's number; `unmapped` if it was left out, came before the first or is too late to tell. */
  map(number: number): number {
    if (number < this.#firstIn) return unmapped;
    if (number > this.#highest) this.#highest = number;
    for (let back = 0; back < this.#count; back += 1) {
      const leftOut = this.#leftOutAt(back);
      if (leftOut === number || leftOut === unmapped) return unmapped;
      if (leftOut < number) return number - this.#base - this.#count + back;
    }
    return number - this.#base;
  }

  /** Leaves a packet out. A late one leaves a gap, since the packets after it have their numbers. */
  leaveOut(number: number): void {
    if (number <= this.#highest) return;
    this.#highest = number;
    this.#leftOut ??= new Float64Array(remembered);
    this.#leftOut[this.#count % remembered] = number;
    this.#count += 1;
  }

  /** The stream's number of a subscriber's one; `unmapped` if there is none or it is too late to tell. */
  inverse(number: number): number {
    let back = 0;
    for (; back < this.#count; back += 1) {
      const leftOut = this.#leftOutAt(back);
      if (leftOut === unmapped) return unmapped;
      if (number + this.#base + this.#count - back > leftOut) break;
    }
    const original = number + this.#base + this.#count - back;
    return original < this.#firstIn ? unmapped : original;
  }

  /** The last packet left out, or one further back; `unmapped` if it is forgotten. */
  #leftOutAt(back: number): number {
    if (back >= remembered) return unmapped;
    return this.#leftOut?.[(this.#count - 1 - back) % remembered] ?? unmapped;
  }
}
