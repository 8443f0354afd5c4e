import { readData } from './wire/packet-format.ts';
import { readForward, writeSack } from './wire/progress-chunks.ts';
import { Reassembly, type InboundMessage } from './reassembly.ts';
import { ReceivedNumbers } from './received-numbers.ts';
import { isAfter32 } from './wire/serial-number.ts';

/** What we are ready to hold of messages that are not whole, or not yet in turn. */
const windowBytes = 1024 * 1024;

/**
 * Fragments that follow without a gap are taken beyond the window, because with them a message becomes whole; an
 * honest peer has one such message on its way, with what its fragments cost us beside their bytes.
 */
const reserveBytes = 512 * 1024;

/** RFC 9260 section 6.2: every second packet is acknowledged at once, and the one before it not much later. */
const packetsPerSack = 2;
const sackDelayMs = 100;

/** What arrives: chunks become messages, and the peer hears what came. */
export class Inbound {
  static readonly windowBytes = windowBytes;
  readonly #numbers: ReceivedNumbers;
  readonly #reassembly: Reassembly;
  #hasData = false;
  #isSackDue = false;
  #unacknowledged = 0;
  #deadline = Infinity;

  constructor(firstTsn: number, mostMessageBytes: number, onMessage: (message: InboundMessage) => void) {
    this.#numbers = new ReceivedNumbers(firstTsn);
    this.#reassembly = new Reassembly(mostMessageBytes, onMessage);
  }

  /** The number up to which everything has come. */
  get cumulative(): number {
    return this.#numbers.cumulative;
  }

  /** When a SACK must go that could wait. */
  get deadline(): number {
    return this.#deadline;
  }

  /** `hostile` is what no honest sender can have made. */
  takeData(chunk: Buffer): 'taken' | 'refused' | 'hostile' {
    const data = readData(chunk);
    this.#hasData = true;
    // A repeated chunk, a gap and a full window are told at once.
    if (!this.#numbers.isNew(data.tsn)) {
      this.#isSackDue = true;
      return 'taken';
    }
    const isNext = this.#numbers.isNext(data.tsn);
    const room = windowBytes + (isNext ? reserveBytes : 0) - this.#reassembly.held;
    if (room < data.bytes.length) {
      this.#isSackDue = true;
      return isNext ? 'hostile' : 'refused';
    }
    if (!this.#reassembly.add(data)) return 'hostile';
    // So is a gap that has just been closed.
    this.#isSackDue ||= this.#numbers.hasGaps;
    this.#numbers.add(data.tsn);
    this.#isSackDue ||= this.#numbers.hasGaps;
    return 'taken';
  }

  /** The peer gives messages up (RFC 3758 section 3.6). */
  takeForward(chunk: Buffer): void {
    const { tsn, streams } = readForward(chunk);
    this.#isSackDue = true;
    if (!isAfter32(tsn, this.#numbers.cumulative)) return;
    this.#numbers.skipTo(tsn);
    this.#reassembly.skipTo(tsn);
    // Each stream once, by its last number: looking through what waits on one is not free.
    for (const [stream, sequence] of new Map(streams)) this.#reassembly.skipMessages(stream, sequence);
  }

  /** These streams begin anew; none stands for all. */
  restart(streams: readonly number[]): void {
    this.#reassembly.restart(streams);
  }

  endOfPacket(now: number): void {
    if (!this.#hasData) return;
    this.#hasData = false;
    this.#unacknowledged += 1;
    if (this.#unacknowledged >= packetsPerSack) this.#isSackDue = true;
    if (this.#deadline === Infinity) this.#deadline = now + sackDelayMs;
  }

  tick(now: number): void {
    if (this.#deadline <= now) this.#isSackDue = true;
  }

  /** The SACK that is due; undefined if none is. */
  takeSack(): Buffer | undefined {
    if (!this.#isSackDue) return undefined;
    this.#isSackDue = false;
    this.#unacknowledged = 0;
    this.#deadline = Infinity;
    const window = Math.max(0, windowBytes - this.#reassembly.held);
    return writeSack({ cumulative: this.#numbers.cumulative, window, gaps: this.#numbers.gaps() });
  }
}
