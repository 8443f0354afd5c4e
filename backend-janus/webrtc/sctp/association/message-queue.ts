import { mostPayloadBytes, type DataChunk } from './wire/packet-format.ts';
import { next16 } from './wire/serial-number.ts';

/** How the messages of a channel are to arrive; without a limit of either kind, all of them. */
export interface Reliability {
  readonly isOrdered: boolean;
  /** How often a lost message is sent again. */
  readonly mostRetransmissions?: number | undefined;
  /** How long after it was queued a message is still sent. */
  readonly lifetimeMs?: number | undefined;
}

/** A message that is not wholly sent, or of which something is on its way. */
export interface OutboundMessage {
  readonly stream: number;
  readonly protocol: number;
  readonly bytes: Buffer;
  readonly reliability: Reliability;
  /** On the scale of `now`; Infinity if it never does. */
  readonly expiresAt: number;
  /** Of an ordered message, from its first chunk on. */
  sequence: number;
  /** Bytes that are in chunks already. */
  taken: number;
  isAbandoned: boolean;
}

/** What a queued message costs beside its bytes. */
const overheadBytes = 128;

/** Messages that wait to be sent, one after the other: the chunks of one are never between those of another. */
export class MessageQueue {
  #messages: OutboundMessage[] = [];
  /** By stream: the sequence number of its next ordered message. */
  readonly #sequences = new Map<number, number>();
  #bytes = 0;

  /** Bytes of what waits, with what keeping it costs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a message; its bytes must not change until they have arrived. */
  push(stream: number, protocol: number, bytes: Buffer, reliability: Reliability, now: number): void {
    const expiresAt = now + (reliability.lifetimeMs ?? Infinity);
    const state = { sequence: 0, taken: 0, isAbandoned: false };
    this.#messages.push({ stream, protocol, bytes, reliability, expiresAt, ...state });
    this.#bytes += bytes.length + overheadBytes;
  }

  /** Drops what a stream has not begun to send. */
  discard(stream: number): void {
    const isDropped = (message: OutboundMessage): boolean => message.stream === stream && message.taken === 0;
    for (const message of this.#messages) if (isDropped(message)) this.#release(message);
    this.#messages = this.#messages.filter((message) => !isDropped(message));
  }

  /** Whether a message of the stream waits or is half sent. */
  isBusy(stream: number): boolean {
    return this.#messages.some((message) => message.stream === stream);
  }

  /** The stream begins again with sequence number 0 (RFC 6525). */
  restart(stream: number): void {
    this.#sequences.delete(stream);
  }

  /** Bytes of the next chunk; undefined if nothing waits. Drops what is too late to begin. */
  nextBytes(now: number): number | undefined {
    let [message] = this.#messages;
    while (
      message !== undefined &&
      (message.isAbandoned || (message.taken === 0 && message.expiresAt <= now))
    ) {
      this.#messages.shift();
      this.#release(message);
      [message] = this.#messages;
    }
    return message && Math.min(message.bytes.length - message.taken, mostPayloadBytes);
  }

  /** The next chunk, with the number `tsn`; call it where `nextBytes` was not undefined. */
  take(tsn: number): { readonly chunk: DataChunk; readonly message: OutboundMessage } | undefined {
    const [message] = this.#messages;
    if (message === undefined) return undefined;
    const { stream, protocol, reliability, taken } = message;
    const isUnordered = !reliability.isOrdered;
    if (taken === 0 && !isUnordered) message.sequence = this.#nextSequence(stream);
    const bytes = message.bytes.subarray(taken, taken + mostPayloadBytes);
    message.taken += bytes.length;
    const isLast = message.taken === message.bytes.length;
    if (isLast) {
      this.#messages.shift();
      this.#release(message);
    }
    const place = { tsn, stream, streamSequence: message.sequence, protocol };
    return { message, chunk: { ...place, isFirst: taken === 0, isLast, isUnordered, bytes } };
  }

  #nextSequence(stream: number): number {
    const sequence = this.#sequences.get(stream) ?? 0;
    this.#sequences.set(stream, next16(sequence));
    return sequence;
  }

  #release({ bytes }: OutboundMessage): void {
    this.#bytes -= bytes.length + overheadBytes;
  }
}
