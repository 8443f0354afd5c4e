/** Packets behind the newest that are remembered; a multiple of 32. As far back as ExtendedSequence takes packets. */
const remembered = 1024;

/** Tells duplicates among the extended sequence numbers of one stream. Older ones than it remembers count as such. */
export class DuplicateFilter {
  readonly #bits = new Uint32Array(remembered / 32);
  #highest = -1;

  /** Notes a number; false if it was noted before or is too old to tell. */
  note(number: number): boolean {
    if (number > this.#highest) {
      this.#moveTo(number);
    } else if (number <= this.#highest - remembered || this.#isNoted(number)) {
      return false;
    }
    const word = Math.floor(number / 32) % this.#bits.length;
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (number % 32));
    return true;
  }

  #isNoted(number: number): boolean {
    return ((this.#bits[Math.floor(number / 32) % this.#bits.length] ?? 0) & (1 << (number % 32))) !== 0;
  }

  /** Forgets the numbers that leave the window on one side, as those that come in on the other are new. */
  #moveTo(number: number): void {
    if (number - this.#highest >= remembered) {
      this.#bits.fill(0);
    } else {
      for (let fresh = this.#highest + 1; fresh <= number; fresh += 1) {
        const word = Math.floor(fresh / 32) % this.#bits.length;
        this.#bits[word] = (this.#bits[word] ?? 0) & ~(1 << (fresh % 32));
      }
    }
    this.#highest = number;
  }
}
