/** Packets asked for at once; a longer gap is no loss that retransmissions mend (janus-api section 8). */
const mostMissing = 160;

/** Times a packet is asked for: with one of ten requests or answers lost, one loss in a million is left. */
const mostTries = 6;

/** Senders keep packets about so long, and nobody plays what comes later. */
const mostAgeMs = 1000;

/** A gap may be reordering until then: so long at least, and as long as packets were late before, at most. */
const leastFirstTryMs = 12;
const mostFirstTryMs = 40;

/** What each loss leaves of the lateness seen before: a way that is orderly again is soon trusted. */
const forgetting = 0.98;

/** The round-trip time where nobody knows it yet. */
const likelyRoundTripMs = 100;

/** The pause between two tries, in round trips, since retransmissions wait for their turn; and its bounds. */
const pauseRoundTrips = 1.5;
const leastPauseMs = 40;
const mostPauseMs = 400;

/** How much of the round-trip time so far each new measure keeps. */
const smoothing = 7 / 8;

/** What `due` returns when there is nothing to ask for. */
const nothing: readonly number[] = [];

/**
 * Which lost packets of one stream to ask the sender for (RFC 4585 section 6.2.1), by extended sequence numbers.
 *
 * Each is asked for when reordering explains it no longer, again after a round trip and a half, at most six times within a second, and then given up. The list
 * is emptied by a keyframe, which nobody needs older packets after, and by a gap longer than the list.
 */
export class NackGenerator {
  readonly #missing: Missing[] = [];
  #highest = -1;
  /** Nothing is due before; it may be early, as what is due then may have come meanwhile. */
  #dueAt = Infinity;
  #roundTripMs: number | undefined;
  #hasGivenUp = false;
  /** They can be told from packets that are late: they have a stream of their own. */
  #hasRetransmissions = false;
  /** How late packets come that others overtook. */
  #latenessMs = 0;

  /** When `due` may have something or give something up; Infinity if nothing is missing. On the scale of `now`. */
  get deadline(): number {
    return this.#missing.length === 0 ? Infinity : this.#dueAt;
  }

  /** From a request to the retransmission that answers it; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** A loss was given up that no keyframe has mended. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** Notes a packet that came. */
  received(number: number, now: number, isRetransmission = false): void {
    if (this.#highest < 0) this.#highest = number;
    else if (number - this.#highest > mostMissing) this.#jumpTo(number);
    else if (number > this.#highest) this.#moveTo(number, now);
    else if (this.#missing.length > 0) this.#found(number, now, isRetransmission);
  }

  /** A keyframe began with that packet: nothing before it is asked for any more, nor is a keyframe needed. */
  keyframe(number: number): void {
    const later = this.#missing.findIndex((one) => one.number > number);
    this.#missing.splice(0, later < 0 ? this.#missing.length : later);
    this.#hasGivenUp = false;
  }

  /** The 16-bit sequence numbers to ask for now, ascending; each counts as asked for. */
  due(now: number, roundTripMs = this.#roundTripMs): readonly number[] {
    if (this.#missing.length === 0 || now < this.#dueAt) return nothing;
    const pause = pauseRoundTrips * (roundTripMs ?? likelyRoundTripMs);
    const asked: number[] = [];
    this.#giveUp(now);
    this.#dueAt = Infinity;
    for (const one of this.#missing) {
      if (one.dueAt <= now) {
        asked.push(one.number % 0x10000);
        one.tries += 1;
        one.askedAt = now;
        one.dueAt = now + Math.min(mostPauseMs, Math.max(leastPauseMs, pause));
      }
      this.#dueAt = Math.min(this.#dueAt, one.dueAt);
    }
    return asked;
  }

  /** As `hasGivenUp`, once for each time. */
  takeGivenUp(): boolean {
    const hasGivenUp = this.#hasGivenUp;
    this.#hasGivenUp = false;
    return hasGivenUp;
  }

  #jumpTo(number: number): void {
    this.#missing.length = 0;
    this.#highest = number;
    this.#hasGivenUp = true;
  }

  #moveTo(number: number, now: number): void {
    if (number === this.#highest + 1) {
      this.#highest = number;
      return;
    }
    this.#latenessMs *= forgetting;
    const dueAt = now + Math.min(mostFirstTryMs, Math.max(leastFirstTryMs, this.#latenessMs));
    this.#dueAt = this.#missing.length === 0 ? dueAt : Math.min(this.#dueAt, dueAt);
    for (let lost = this.#highest + 1; lost < number; lost += 1)
      this.#missing.push({ number: lost, since: now, tries: 0, askedAt: now, dueAt });
    this.#highest = number;
    if (this.#missing.length <= mostMissing) return;
    this.#missing.splice(0, this.#missing.length - mostMissing);
    this.#hasGivenUp = true;
  }

  #found(number: number, now: number, isRetransmission: boolean): void {
    const at = this.#missing.findIndex((one) => one.number === number);
    const [found] = at < 0 ? [] : this.#missing.splice(at, 1);
    if (found === undefined) return;
    if (!isRetransmission && (found.tries === 0 || this.#hasRetransmissions))
      this.#latenessMs = Math.max(this.#latenessMs, now - found.since);
    this.#hasRetransmissions ||= isRetransmission;
    // After a second request nobody knows which of them was answered.
    if (!isRetransmission || found.tries !== 1) return;
    const measured = now - found.askedAt;
    this.#roundTripMs =
      this.#roundTripMs === undefined ? measured : smoothing * this.#roundTripMs + (1 - smoothing) * measured;
  }

  /** Forgets those whose last request had its time; the list is in the order of their numbers, not of their age. */
  #giveUp(now: number): void {
    let kept = 0;
    for (const one of this.#missing) {
      const isHopeless = one.dueAt <= now && (one.tries === mostTries || now - one.since >= mostAgeMs);
      if (isHopeless) this.#hasGivenUp = true;
      else this.#missing[kept++] = one;
    }
    this.#missing.length = kept;
  }
}

/** One lost packet. */
interface Missing {
  readonly number: number;
  readonly since: number;
  tries: number;
  askedAt: number;
  dueAt: number;
}
