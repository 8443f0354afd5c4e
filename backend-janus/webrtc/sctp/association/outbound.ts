import { CongestionWindow, RetransmissionTimeout } from './congestion.ts';
import type { MessageQueue, OutboundMessage } from './message-queue.ts';
import { dataHeaderBytes, mostPayloadBytes, padded, type DataChunk } from './wire/packet-format.ts';
import { distance32, isAfter32, plus32 } from './wire/serial-number.ts';

/** What the peer said when the association was made. */
export interface OutboundPeer {
  /** Bytes it is ready to hold. */
  readonly window: number;
  /** It understands that messages are given up (RFC 3758). */
  readonly takesForwardTsn: boolean;
}

/** What a SACK says (RFC 9260 section 3.3.4). */
export interface Acknowledgement {
  readonly cumulative: number;
  readonly window: number;
  /** First and last offset from `cumulative`. */
  readonly gaps: readonly (readonly [number, number])[];
}

/** What a FORWARD TSN says (RFC 3758 section 3.2). */
export interface Forward {
  readonly tsn: number;
  /** The sequence number of the last ordered message given up, by stream. */
  readonly streams: ReadonlyMap<number, number>;
}

/** RFC 9260 section 7.2.4: reports that miss a chunk before it counts as lost. */
const missesOfLoss = 3;

/** Chunks on their way, however small they are. */
const mostOutstanding = 4096;

/** What is sent at once, so that a window that was idle does not empty into the path (RFC 9260 section 6.1). */
const mostBurstBytes = 16 * mostPayloadBytes;

const nothing = Buffer.alloc(0);

/** A chunk that is not acknowledged up to the cumulative number. */
interface Sent extends DataChunk {
  readonly message: OutboundMessage;
  sends: number;
  sentAt: number;
  misses: number;
  state: 'in_flight' | 'arrived' | 'lost' | 'abandoned';
}

/**
 * Chunks on their way to the peer: flow and congestion control, retransmission, and giving up (RFC 9260 sections 6
 * and 7, RFC 3758). A chunk is fast retransmitted once; if that is lost too, the time-out brings it again.
 */
export class Outbound {
  readonly #messages: MessageQueue;
  readonly #peer: OutboundPeer;
  readonly #window = new CongestionWindow();
  readonly #timeout = new RetransmissionTimeout();
  /** Numbered without a gap from `#cumulative + 1` on. */
  #sent: Sent[] = [];
  #cumulative: number;
  #peerWindow: number;
  #flightBytes = 0;
  #burstEnd = 0;
  /** How many of `#sent` are lost. */
  #lost = 0;
  /** Until this number is acknowledged, further losses belong to the same event. */
  #recoveryEnd: number | undefined;
  #mayResendAtOnce = false;
  #isForwardDue = false;
  #deadline = Infinity;
  #failures = 0;

  constructor(messages: MessageQueue, firstTsn: number, peer: OutboundPeer) {
    this.#messages = messages;
    this.#peer = peer;
    this.#cumulative = plus32(firstTsn, -1);
    this.#peerWindow = peer.window;
  }

  /** When `expire` is to be called; Infinity while nothing is on its way. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Time-outs in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** The number of the last chunk that was sent. */
  get lastTsn(): number {
    return plus32(this.#cumulative, this.#sent.length);
  }

  /** Call it before a series of `next`: it may send a burst. */
  beginBurst(): void {
    this.#burstEnd = Math.min(this.#window.bytes, this.#flightBytes + mostBurstBytes);
  }

  /** The next chunk to send, noted as sent; undefined if there is none, or none that fits into `room` bytes. */
  next(room: number, now: number): DataChunk | undefined {
    return this.#lost > 0 ? this.#resend(room, now) : this.#sendNew(room, now);
  }

  /** What to tell the peer about messages that were given up; undefined if it knows. */
  takeForward(now: number): Forward | undefined {
    if (!this.#isForwardDue) return undefined;
    this.#isForwardDue = false;
    if (this.#deadline === Infinity) this.#arm(now);
    return this.#forward();
  }

  /** Takes what the peer says it got. False if it names what was never sent. */
  acknowledge(report: Acknowledgement, now: number): boolean {
    if (isAfter32(report.cumulative, this.lastTsn)) return false;
    if (isAfter32(this.#cumulative, report.cumulative)) return true;
    const flightBytes = this.#flightBytes;
    const wasFull = flightBytes + mostPayloadBytes > this.#window.bytes;
    const passed = distance32(report.cumulative, this.#cumulative);
    this.#pass(passed, now);
    const highest = this.#noteGaps(report.gaps, now);
    if (this.#recoveryEnd !== undefined && !isAfter32(this.#recoveryEnd, this.#cumulative))
      this.#recoveryEnd = undefined;
    if (wasFull && passed > 0 && this.#recoveryEnd === undefined)
      this.#window.grow(flightBytes - this.#flightBytes);
    this.#countMisses(highest, now);
    this.#peerWindow = report.window;
    if (passed > 0) this.#progressed(now);
    this.#isForwardDue ||= this.#sent[0]?.state === 'abandoned';
    return true;
  }

  /** Nothing was acknowledged for a whole time-out: all that is on its way counts as lost (RFC 9260 section 6.3.3). */
  expire(now: number): void {
    this.#failures += 1;
    this.#window.collapse();
    this.#timeout.backOff();
    this.#recoveryEnd = undefined;
    this.#mayResendAtOnce = true;
    for (const chunk of this.#sent) {
      // A peer short of memory may have dropped again what it had reported (section 6.2).
      const isDoubtful = chunk.state === 'arrived' && this.#failures > 1;
      if (chunk.state === 'in_flight' || isDoubtful) this.#lose(chunk, now);
    }
    this.#isForwardDue ||= this.#sent[0]?.state === 'abandoned';
    this.#arm(now);
  }

  #sendNew(room: number, now: number): DataChunk | undefined {
    if (this.#sent.length >= mostOutstanding || this.#flightBytes >= this.#burstEnd) return undefined;
    const bytes = this.#messages.nextBytes(now);
    if (bytes === undefined || dataHeaderBytes + padded(bytes) > room) return undefined;
    // One chunk may always be on its way: it finds out when a full peer has room again.
    if (this.#flightBytes > 0 && this.#flightBytes + bytes > this.#peerWindow) return undefined;
    const next = this.#messages.take(plus32(this.lastTsn, 1));
    if (next === undefined) return undefined;
    const { chunk, message } = next;
    this.#sent.push({ ...chunk, message, sends: 1, sentAt: now, misses: 0, state: 'in_flight' });
    this.#flightBytes += chunk.bytes.length;
    if (this.#deadline === Infinity) this.#arm(now);
    return chunk;
  }

  #resend(room: number, now: number): DataChunk | undefined {
    if (!this.#mayResendAtOnce && this.#flightBytes >= this.#burstEnd) return undefined;
    const chunk = this.#sent.find(({ state }) => state === 'lost');
    if (chunk === undefined || dataHeaderBytes + padded(chunk.bytes.length) > room) return undefined;
    this.#mayResendAtOnce = false;
    this.#lost -= 1;
    this.#flightBytes += chunk.bytes.length;
    chunk.state = 'in_flight';
    chunk.sends += 1;
    chunk.sentAt = now;
    // Reports that left the peer before it can have come count for nothing.
    chunk.misses = missesOfLoss;
    if (chunk === this.#sent[0]) this.#arm(now);
    return chunk;
  }

  /** The first `count` chunks have arrived, or will not be missed. */
  #pass(count: number, now: number): void {
    for (const chunk of this.#sent.splice(0, count)) this.#arrived(chunk, now);
    this.#cumulative = plus32(this.#cumulative, count);
  }

  /** How many chunks, from the first on, are not after the last one newly reported. */
  #noteGaps(gaps: Acknowledgement['gaps'], now: number): number {
    let highest = 0;
    for (const [first, last] of gaps) {
      const end = Math.min(last, this.#sent.length);
      for (let offset = Math.max(first, 1); offset <= end; offset += 1) {
        const chunk = this.#sent[offset - 1];
        if (chunk === undefined || chunk.state === 'arrived' || chunk.state === 'abandoned') continue;
        this.#arrived(chunk, now);
        highest = Math.max(highest, offset);
      }
    }
    return highest;
  }

  #arrived(chunk: Sent, now: number): void {
    if (chunk.state === 'lost') this.#lost -= 1;
    if (chunk.state === 'in_flight') {
      this.#flightBytes -= chunk.bytes.length;
      if (chunk.sends === 1) this.#timeout.measured(now - chunk.sentAt);
    }
    chunk.state = 'arrived';
  }

  #countMisses(highest: number, now: number): void {
    let hasLost = false;
    for (let at = 0; at < highest; at += 1) {
      const chunk = this.#sent[at];
      if (chunk?.state !== 'in_flight') continue;
      chunk.misses += 1;
      if (chunk.misses !== missesOfLoss) continue;
      this.#lose(chunk, now);
      hasLost = true;
    }
    if (!hasLost || this.#recoveryEnd !== undefined) return;
    this.#window.halve();
    this.#recoveryEnd = this.lastTsn;
    this.#mayResendAtOnce = true;
  }

  #lose(chunk: Sent, now: number): void {
    if (chunk.state === 'in_flight') this.#flightBytes -= chunk.bytes.length;
    chunk.state = 'lost';
    this.#lost += 1;
    const { reliability, expiresAt } = chunk.message;
    const isHopeless = chunk.sends > (reliability.mostRetransmissions ?? Infinity) || expiresAt <= now;
    if (isHopeless && this.#peer.takesForwardTsn) this.#abandon(chunk);
  }

  /** Gives a message up: what is on its way of it, and what was still to be sent. */
  #abandon(chunk: Sent): void {
    const { tsn, message } = chunk;
    message.isAbandoned = true;
    // Where its end was not sent, a number is spent on it: the peer may have all the rest, and waits for what it
    // can only be told to skip.
    if (message.taken < message.bytes.length)
      this.#sent.push({ ...chunk, tsn: plus32(this.lastTsn, 1), bytes: nothing, state: 'abandoned' });
    const at = distance32(tsn, this.#cumulative) - 1;
    for (let index = at; this.#sent[index]?.message === message; index -= 1) this.#drop(this.#sent[index]);
    for (let index = at + 1; this.#sent[index]?.message === message; index += 1)
      this.#drop(this.#sent[index]);
    this.#isForwardDue = true;
  }

  #drop(chunk: Sent | undefined): void {
    if (chunk === undefined) return;
    if (chunk.state === 'in_flight') this.#flightBytes -= chunk.bytes.length;
    if (chunk.state === 'lost') this.#lost -= 1;
    chunk.state = 'abandoned';
  }

  #forward(): Forward | undefined {
    const streams = new Map<number, number>();
    let tsn: number | undefined;
    for (const chunk of this.#sent) {
      if (chunk.state !== 'abandoned' && chunk.state !== 'arrived') break;
      if (chunk.state === 'arrived') continue;
      ({ tsn } = chunk);
      if (!chunk.isUnordered) streams.set(chunk.stream, chunk.streamSequence);
    }
    return tsn === undefined ? undefined : { tsn, streams };
  }

  #progressed(now: number): void {
    this.#failures = 0;
    this.#deadline = Infinity;
    if (this.#sent.length > 0) this.#arm(now);
  }

  #arm(now: number): void {
    this.#deadline = now + this.#timeout.ms;
  }
}
