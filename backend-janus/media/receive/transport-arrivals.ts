import { mostReported, writeTransportFeedback } from '../rtcp/write-transport-feedback.ts';
import { ExtendedSequence, refusedSequence } from './extended-sequence.ts';

/** Packets remembered; more than a second of a fast sender. */
const remembered = 1024;

/** How long a packet's arrival waits to be told; senders expect to hear every 50 to 250 ms. */
const longestWaitMs = 100;

/** So many arrivals are told at once: a burst fills few feedback packets, and no memory is overwritten. */
const burst = 256;

/** A packet overtaken by more is not told: nobody reckons with it any more. */
const mostOvertaken = 256;

/** Two bytes of delta hold 8 s; a packet that came so long before the newest is told as lost. */
const longestAgeMs = 4000;

/** One is enough: what is gathered is written at once. */
const gathered = new Float64Array(mostReported);

/**
 * When the packets of one connection arrived, by their transport-wide numbers, to be told to their sender
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Noting a packet allocates nothing.
 */
export class TransportArrivals {
  readonly #numbers = new ExtendedSequence();
  readonly #times = new Float64Array(remembered).fill(NaN);
  #highest = refusedSequence;
  /** The first packet that the next feedback is about. */
  #next = 0;
  #waiting = 0;
  #waitingSince = 0;
  #count = 0;

  /** When feedback is due; Infinity while there is nothing to tell. On the scale of `note`. */
  get deadline(): number {
    if (this.#waiting === 0) return Infinity;
    return this.#waiting >= burst ? this.#waitingSince : this.#waitingSince + longestWaitMs;
  }

  /** Notes a packet's 16-bit number; what is nowhere near the others, or too late to matter, is left out. */
  note(sequenceNumber: number, now: number): void {
    const number = this.#numbers.update(sequenceNumber);
    if (number === refusedSequence) return;
    if (number > this.#highest) this.#moveTo(number);
    else if (number <= this.#highest - mostOvertaken || !Number.isNaN(this.#timeOf(number))) return;
    this.#times[number % remembered] = now;
    this.#next = Math.min(this.#next, number);
    if (this.#waiting === 0) this.#waitingSince = now;
    this.#waiting += 1;
  }

  /**
   * Writes one feedback packet about what came since the last, and about the packets that are missing between; 0 if
   * there is nothing to tell or no room for 942 bytes. Call it until then.
   */
  write(out: Buffer, at: number, sender: number, media: number, now: number): number {
    while (this.#waiting > 0 && this.#next <= this.#highest) {
      const first = this.#next;
      const packets = Math.min(this.#highest - first + 1, mostReported);
      const hasArrivals = this.#gather(first, packets, now);
      // Without any arrival there is no time to tell: a gap of 400 is an outage, which shows without us.
      const bytes = hasArrivals
        ? writeTransportFeedback(out, at, sender, media, first, this.#count, gathered, packets)
        : 0;
      if (hasArrivals && bytes === 0) return 0;
      this.#next += packets;
      if (!hasArrivals) continue;
      this.#count += 1;
      return bytes;
    }
    this.#waiting = 0;
    return 0;
  }

  #gather(first: number, packets: number, now: number): boolean {
    let hasArrivals = false;
    for (let index = 0; index < packets; index += 1) {
      const arrival = this.#timeOf(first + index);
      const isRecent = now - arrival <= longestAgeMs;
      gathered[index] = isRecent ? arrival : NaN;
      hasArrivals ||= isRecent;
    }
    return hasArrivals;
  }

  #moveTo(number: number): void {
    if (this.#highest === refusedSequence) this.#next = number;
    if (number - this.#highest >= remembered) this.#times.fill(NaN);
    else for (let each = this.#highest + 1; each < number; each += 1) this.#times[each % remembered] = NaN;
    this.#highest = number;
    this.#next = Math.max(this.#next, number - remembered + 1);
  }

  #timeOf(number: number): number {
    return this.#times[number % remembered] ?? NaN;
  }
}
