/** Packets asked for at once; a longer gap is no loss that retransmissions mend (janus-api section 8). */
const mostMissing = 160;

/** Times a packet is asked for. */
const mostTries = 2;

/** A gap may be reordering until then. */
const firstTryMs = 12;

/** The least pause between the tries; the round-trip time if that is longer. */
const secondTryMs = 155;

/** What `due` returns when there is nothing to ask for. */
const nothing: readonly number[] = [];

/**
 * Which lost packets of one stream to ask the sender for (RFC 4585 section 6.2.1), by extended sequence numbers.
 *
 * Each is asked for at most twice. The list is emptied by a keyframe, which nobody needs older packets after, and by
 * a gap longer than the list.
 */
export class NackGenerator {
  #missing: Missing[] = [];
  #highest = -1;
  /** Nothing is due before; it may be early, as what is due then may have come meanwhile. */
  #dueAt = Infinity;

  /** When `due` may have something; undefined if nothing is missing. On the scale of `now`. */
  get deadline(): number | undefined {
    return this.#missing.length === 0 ? undefined : this.#dueAt;
  }

  /** Notes a packet that came, as a retransmission or not. */
  received(number: number, now: number): void {
    if (this.#highest < 0 || number - this.#highest > mostMissing) this.#jumpTo(number);
    else if (number > this.#highest) this.#moveTo(number, now);
    else if (this.#missing.length > 0) this.#missing = this.#missing.filter((one) => one.number !== number);
  }

  /** A keyframe began with that packet: nothing before it is asked for any more. */
  keyframe(number: number): void {
    if (this.#missing.length > 0) this.#missing = this.#missing.filter((one) => one.number > number);
  }

  /** The 16-bit sequence numbers to ask for now, ascending; each counts as asked for. */
  due(now: number, roundTripMs = 0): readonly number[] {
    if (this.#missing.length === 0 || now < this.#dueAt) return nothing;
    const asked = this.#missing.filter(({ dueAt }) => dueAt <= now);
    for (const one of asked) {
      one.tries += 1;
      one.dueAt = now + Math.max(secondTryMs, roundTripMs);
    }
    this.#missing = this.#missing.filter(({ tries }) => tries < mostTries);
    this.#dueAt = this.#missing.reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Infinity);
    return asked.map(({ number }) => number % 0x10000);
  }

  #jumpTo(number: number): void {
    this.#missing = [];
    this.#highest = number;
  }

  #moveTo(number: number, now: number): void {
    if (number === this.#highest + 1) {
      this.#highest = number;
      return;
    }
    const dueAt = now + firstTryMs;
    this.#dueAt = this.#missing.length === 0 ? dueAt : Math.min(this.#dueAt, dueAt);
    for (let lost = this.#highest + 1; lost < number; lost += 1) {
      this.#missing.push({ number: lost, tries: 0, dueAt });
    }
    if (this.#missing.length > mostMissing) this.#missing = this.#missing.slice(-mostMissing);
    this.#highest = number;
  }
}

/** One lost packet. */
interface Missing {
  readonly number: number;
  tries: number;
  dueAt: number;
}
