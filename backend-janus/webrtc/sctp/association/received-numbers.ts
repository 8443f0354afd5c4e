import { distance32, isAfter32, plus32 } from './wire/serial-number.ts';

/** How far ahead of the last number without a gap a packet is taken: several windows of full packets. A power of two. */
const span = 8192;

/** Gaps that one SACK reports; the rest shows in later ones. */
const mostGaps = 128;

/** Which transmission sequence numbers (TSN) have arrived. */
export class ReceivedNumbers {
  /** One bit per number after the cumulative one, at the number modulo `span`. */
  readonly #bits = new Uint8Array(span);
  #cumulative: number;
  #highest: number;

  constructor(firstTsn: number) {
    this.#cumulative = plus32(firstTsn, -1);
    this.#highest = this.#cumulative;
  }

  /** The last number before which all have arrived. */
  get cumulative(): number {
    return this.#cumulative;
  }

  get hasGaps(): boolean {
    return this.#highest !== this.#cumulative;
  }

  /** Whether the number is neither known nor too far ahead to be noted. */
  isNew(tsn: number): boolean {
    const ahead = distance32(tsn, this.#cumulative);
    return ahead !== 0 && ahead < span && this.#bits[tsn % span] !== 1;
  }

  isNext(tsn: number): boolean {
    return distance32(tsn, this.#cumulative) === 1;
  }

  /** Notes a new number. */
  add(tsn: number): void {
    this.#bits[tsn % span] = 1;
    if (isAfter32(tsn, this.#highest)) this.#highest = tsn;
    this.#absorb();
  }

  /** The sender will not repeat what is missing up to `tsn` (RFC 3758 section 3.6). */
  skipTo(tsn: number): void {
    if (!isAfter32(tsn, this.#cumulative)) return;
    const steps = Math.min(distance32(tsn, this.#cumulative), span);
    for (let step = 1; step <= steps; step += 1) this.#bits[plus32(this.#cumulative, step) % span] = 0;
    this.#cumulative = tsn;
    if (isAfter32(tsn, this.#highest)) this.#highest = tsn;
    this.#absorb();
  }

  /** What arrived after a gap, as first and last offset from the cumulative number, in order. */
  gaps(): readonly (readonly [number, number])[] {
    const gaps: [number, number][] = [];
    const end = distance32(this.#highest, this.#cumulative);
    let first = this.#next(1, 2);
    while (first <= end && gaps.length < mostGaps) {
      const after = this.#next(0, first);
      gaps.push([first, after - 1]);
      first = this.#next(1, after);
    }
    return gaps;
  }

  /** The first offset from `from` on whose bit is `bit`; `span` or more if there is none. */
  #next(bit: 0 | 1, from: number): number {
    if (from >= span) return span;
    const at = plus32(this.#cumulative, from) % span;
    const found = this.#bits.indexOf(bit, at);
    if (found >= 0) return from + found - at;
    const wrapped = this.#bits.indexOf(bit);
    return wrapped < 0 ? span : from + wrapped + span - at;
  }

  #absorb(): void {
    for (let next = plus32(this.#cumulative, 1); this.#bits[next % span] === 1; next = plus32(next, 1)) {
      this.#bits[next % span] = 0;
      this.#cumulative = next;
    }
  }
}
