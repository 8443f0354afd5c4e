/** Bits per second between two looks at a count of bytes, for streams whose every packet is too often to look. */
export class RateSample {
  #octets = 0;
  #at: number | undefined;
  #bitsPerSecond = 0;

  /** Between the last two looks; 0 before the second. */
  get bitsPerSecond(): number {
    return this.#bitsPerSecond;
  }

  /** Looks at the count; `now` in milliseconds, later than at the look before. */
  look(octets: number, now: number): void {
    const elapsed = now - (this.#at ?? now);
    if (elapsed > 0) this.#bitsPerSecond = Math.round((8000 * (octets - this.#octets)) / elapsed);
    this.#octets = octets;
    this.#at = now;
  }
}
