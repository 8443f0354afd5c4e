import type { Clock } from '#services/kernel';
import type { Said } from './message.ts';
import { recordHeaderBytes, writeRecordHeader, type RecordProtection } from './record-keys.ts';

/** What fits every path with IPv6 and its tunnels. */
const mostDatagramBytes = 1200;

/** RFC 6347 section 4.2.4.1 begins with a second; peers have just measured a path that is shorter. */
const firstDelayMs = 250;
const longestDelayMs = 4000;

/** Retransmissions by our own timer; whoever waits for the association gives up before. */
const mostRepeats = 12;

/** A peer that repeats a flight of several records gets one answer, not several. */
const leastRepeatGapMs = 40;

/** Answers to what the peer repeats. */
const mostAnswers = 32;

/** Numbers, protects and sends records, and repeats a flight until the peer answers it (RFC 6347 section 4.2.4). */
export class FlightSender implements Disposable {
  readonly #clock: Clock;
  readonly #send: (datagram: Buffer) => void;
  #protection: RecordProtection | undefined;
  #clearNumber = 0;
  #protectedNumber = 0;
  #flight: readonly Said[] = [];
  #sentAt = 0;
  #repeats = 0;
  #answers = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock, send: (datagram: Buffer) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Everything protected is sent with it from now on. */
  protect(protection: RecordProtection): void {
    this.#protection = protection;
  }

  /** Sends a flight, and repeats it until the next one unless it is the `last` one, which nobody answers. */
  say(flight: readonly Said[], isLast: boolean): void {
    this[Symbol.dispose]();
    this.#flight = flight;
    this.#repeats = 0;
    this.#sendFlight();
    if (!isLast) this.#repeatLater();
  }

  /** The peer repeated itself: it has not heard our last flight. */
  answerAgain(now: number): void {
    if (this.#answers >= mostAnswers || now - this.#sentAt < leastRepeatGapMs) return;
    this.#answers += 1;
    this.#sendFlight();
  }

  /** Sends one record under protection. */
  sendProtected(contentType: number, content: Buffer): void {
    this.#send(this.#record({ contentType, content, isProtected: true }));
  }

  /** Sends one record in clear. */
  sendClear(contentType: number, content: Buffer): void {
    this.#send(this.#record({ contentType, content, isProtected: false }));
  }

  /** Stops repeating: the peer has heard all there is. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#flight = [];
  }

  #repeatLater(): void {
    const delay = Math.min(firstDelayMs * 2 ** this.#repeats, longestDelayMs);
    this.#timer = this.#clock.at(this.#clock.now() + delay, () => {
      this.#repeats += 1;
      this.#sendFlight();
      if (this.#repeats < mostRepeats) this.#repeatLater();
    });
  }

  /** Each time with new numbers, so that the peer does not take its records for replayed ones. */
  #sendFlight(): void {
    this.#sentAt = this.#clock.now();
    let records: Buffer[] = [];
    let bytes = 0;
    for (const said of this.#flight) {
      const record = this.#record(said);
      if (records.length > 0 && bytes + record.length > mostDatagramBytes) {
        this.#send(Buffer.concat(records));
        records = [];
        bytes = 0;
      }
      records.push(record);
      bytes += record.length;
    }
    if (records.length > 0) this.#send(Buffer.concat(records));
  }

  #record({ contentType, content, isProtected }: Said): Buffer {
    if (isProtected) {
      if (this.#protection === undefined) throw new TypeError('nothing to protect a record with');
      return this.#protection.seal(contentType, this.#protectedNumber++, content);
    }
    const record = Buffer.allocUnsafe(recordHeaderBytes + content.length);
    writeRecordHeader(record, contentType, 0, this.#clearNumber++);
    content.copy(record, recordHeaderBytes);
    return record;
  }
}
