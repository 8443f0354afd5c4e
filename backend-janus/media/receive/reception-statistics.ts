import type { ReportBlock } from '../rtcp/rtcp-block.ts';
import { DuplicateFilter } from './duplicate-filter.ts';
import { ExtendedSequence, refusedSequence } from './extended-sequence.ts';

/** What 24 bits with sign hold (RFC 3550 section 6.4.1). */
const mostLost = 0x7fffff;
const leastLost = -0x800000;

/** 1/65,536 s, the unit of report delays, per millisecond. */
const delayUnitsPerMs = 65.536;

/**
 * Counts what arrives of one stream, for receiver reports (RFC 3550 appendix A.1, A.3, A.8), and tells duplicates.
 * Retransmissions fill losses, but say nothing of jitter.
 */
export class ReceptionStatistics {
  readonly #ssrc: number;
  readonly #unitsPerMs: number;
  readonly #numbers = new ExtendedSequence();
  readonly #seen = new DuplicateFilter();
  #generation = 0;
  #first = 0;
  #packets = 0;
  #octets = 0;
  #duplicates = 0;
  #receivedSinceFirst = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #lastReport = 0;
  #lastReportAt = 0;

  /** `clockRate` in Hz. */
  constructor(ssrc: number, clockRate: number) {
    this.#ssrc = ssrc;
    this.#unitsPerMs = clockRate / 1000;
  }

  /** Packets since the beginning, without duplicates. */
  get packets(): number {
    return this.#packets;
  }

  /** Bytes since the beginning, as they were given. */
  get octets(): number {
    return this.#octets;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** Packets expected but not received since the stream began or restarted; not below 0. */
  get lost(): number {
    return Math.max(0, this.#expected - this.#receivedSinceFirst);
  }

  /** The interarrival jitter (RFC 3550 appendix A.8). */
  get jitterMs(): number {
    return this.#jitter / this.#unitsPerMs;
  }

  /**
   * Counts a packet that came as it was sent; `now` in milliseconds on the clock's scale.
   *
   * Returns its extended sequence number, or `refusedSequence` if it is a duplicate or nowhere near the others: the
   * caller then drops it.
   */
  received(sequenceNumber: number, timestamp: number, octets: number, now: number): number {
    const extended = this.#count(sequenceNumber, octets, true);
    if (extended !== refusedSequence) this.#noteTransit(timestamp, now);
    return extended;
  }

  /** As `received`, for a packet that came as a retransmission. */
  repaired(sequenceNumber: number, octets: number): number {
    return this.#count(sequenceNumber, octets, false);
  }

  /** Notes the sender's report, whose `ntpMiddle` the next report block repeats. */
  senderReport(ntpMiddle: number, now: number): void {
    this.#lastReport = ntpMiddle;
    this.#lastReportAt = now;
  }

  /** What to report; the lost fraction is that since the call before. Undefined before the first packet. */
  report(now: number): ReportBlock | undefined {
    if (this.#numbers.highest === refusedSequence) return undefined;
    const delay = this.#lastReport === 0 ? 0 : (now - this.#lastReportAt) * delayUnitsPerMs;
    return {
      ssrc: this.#ssrc,
      fractionLost: this.#takeFractionLost(),
      cumulativeLost: Math.min(mostLost, Math.max(leastLost, this.#expected - this.#receivedSinceFirst)),
      // The count of wraps begins at one in ExtendedSequence.
      highestSequence: (this.#numbers.highest - 0x10000) >>> 0,
      jitter: Math.floor(this.#jitter) >>> 0,
      lastReport: this.#lastReport,
      delaySinceLastReport: Math.min(Math.floor(delay), 0xffffffff),
    };
  }

  get #expected(): number {
    return this.#numbers.highest === refusedSequence ? 0 : this.#numbers.highest - this.#first + 1;
  }

  #count(sequenceNumber: number, octets: number, mayRestart: boolean): number {
    const extended = this.#numbers.update(sequenceNumber, mayRestart);
    if (extended === refusedSequence) return refusedSequence;
    if (!this.#seen.note(extended)) {
      this.#duplicates += 1;
      return refusedSequence;
    }
    const isNew = this.#packets === 0 || this.#generation !== this.#numbers.restarts;
    if (isNew) this.#restart(extended);
    // Late packets from before the first one move the beginning; else more would be received than expected.
    this.#first = Math.min(this.#first, extended);
    this.#packets += 1;
    this.#octets += octets;
    this.#receivedSinceFirst += 1;
    return extended;
  }

  #restart(first: number): void {
    this.#generation = this.#numbers.restarts;
    this.#first = first;
    this.#receivedSinceFirst = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#transit = undefined;
  }

  #noteTransit(timestamp: number, now: number): void {
    const transit = Math.round(now * this.#unitsPerMs) - timestamp;
    // Timestamps wrap, so of the difference only 32 bits mean something.
    const difference = this.#transit === undefined ? 0 : Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    this.#jitter += (difference - this.#jitter) / 16;
  }

  #takeFractionLost(): number {
    const expected = this.#expected - this.#expectedBefore;
    const lost = expected - (this.#receivedSinceFirst - this.#receivedBefore);
    this.#expectedBefore = this.#expected;
    this.#receivedBefore = this.#receivedSinceFirst;
    if (expected <= 0 || lost <= 0) return 0;
    return Math.min(255, Math.floor((lost * 256) / expected));
  }
}
