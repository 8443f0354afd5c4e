/** Packets remembered; a power of two. As many as one NACK may list. */
const remembered = 512;

/** The first pause between two copies of one packet; it doubles up to the second (janus-api section 8). */
const firstBackOffMs = 40;
const longestBackOffMs = 1000;

/** What one subscriber was sent, by its extended sequence numbers (above 0): refuses duplicates, slows down repeats. */
export class SentPackets {
  readonly #numbers = new Float64Array(remembered);
  readonly #resentAt = new Float64Array(remembered);
  readonly #resent = new Uint8Array(remembered);

  /** Notes that the packet goes out; false if it did before, or if it is too old to tell. */
  note(number: number): boolean {
    const slot = number % remembered;
    if ((this.#numbers[slot] ?? 0) >= number) return false;
    this.#numbers[slot] = number;
    this.#resent[slot] = 0;
    return true;
  }

  /** False if it is too early to send the packet again, or the packet is too old. Cheap, for those who ask too much. */
  mayRepeat(number: number, now: number): boolean {
    const slot = number % remembered;
    const held = this.#numbers[slot] ?? 0;
    const resent = held === number ? (this.#resent[slot] ?? 0) : 0;
    return held <= number && (resent === 0 || now - (this.#resentAt[slot] ?? 0) >= backOff(resent));
  }

  /** Notes that the packet goes out again, or for the first time if its stream began at a keyframe that came late. */
  noteRepeat(number: number, now: number): void {
    const slot = number % remembered;
    this.note(number);
    this.#resent[slot] = Math.min((this.#resent[slot] ?? 0) + 1, 255);
    this.#resentAt[slot] = now;
  }
}

function backOff(resent: number): number {
  return Math.min(firstBackOffMs * 2 ** (resent - 1), longestBackOffMs);
}
