const windowPackets = 128;
const bitsPerWord = 32;

/** Half the range of a sequence number; who is further away has wrapped (RFC 3711 section 3.3.1). */
const halfRange = 0x8000;

/** Remembers which of the last 128 packet indices were seen (RFC 3711 section 3.3.2). Only authentic ones may be added. */
export class ReplayWindow {
  /** One bit per index, at the place of its last seven bits. */
  readonly #seen = new Int32Array(windowPackets / bitsPerWord);
  #highest = -1;

  /** False if `index` was seen or is too old to tell. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (this.#highest - index >= windowPackets) return false;
    return ((this.#seen[wordOf(index)] ?? 0) & bitOf(index)) === 0;
  }

  add(index: number): void {
    if (index - this.#highest >= windowPackets) this.#seen.fill(0);
    else for (let skipped = this.#highest + 1; skipped <= index; skipped += 1) this.#clear(skipped);
    this.#seen[wordOf(index)] = (this.#seen[wordOf(index)] ?? 0) | bitOf(index);
    this.#highest = Math.max(this.#highest, index);
  }

  /**
   * The packet index of `sequenceNumber`: the one closest to the highest index seen.
   *
   * Before the first rollover a number far ahead is taken as it is, because there is no counter below zero.
   * @see RFC 3711 section 3.3.1 and appendix A
   */
  indexOf(sequenceNumber: number): number {
    if (this.#highest < 0) return sequenceNumber;
    const last = this.#highest % 0x10000;
    const sameTurn = this.#highest - last + sequenceNumber;
    if (sequenceNumber - last > halfRange) return sameTurn >= 0x10000 ? sameTurn - 0x10000 : sameTurn;
    return last - sequenceNumber > halfRange ? sameTurn + 0x10000 : sameTurn;
  }

  #clear(index: number): void {
    this.#seen[wordOf(index)] = (this.#seen[wordOf(index)] ?? 0) & ~bitOf(index);
  }
}

function wordOf(index: number): number {
  return (index & (windowPackets - 1)) >> 5;
}

function bitOf(index: number): number {
  return 1 << (index & (bitsPerWord - 1));
}
