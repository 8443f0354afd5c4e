import type { TransportFeedback } from '../rtcp/transport-feedback.ts';

/** Packets remembered; a power of two. More than a second of a fast stream. */
const remembered = 2048;

/** What is known of a packet. */
const state = { none: 0, sent: 1, lost: 2 } as const;

/** Who is told of each packet, in the order of sending, once it is known what became of it. */
export interface PacketOutcomes {
  /** Times in milliseconds: `sentAt` on our clock's scale, `arrivedAt` on one of the peer's. */
  arrived(sentAt: number, arrivedAt: number, bytes: number): void;
  /** It may be told as arrived later. */
  lost(): void;
  /** A packet that was told as lost was only late. */
  late(): void;
}

/**
 * Numbers the packets of one connection and remembers when each went out, so that the peer's feedback tells their way
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Numbering a packet allocates nothing but, once, the memory.
 */
export class TransportNumbers {
  #sentAt: Float64Array | undefined;
  #bytes = new Uint16Array(0);
  #states = new Uint8Array(0);
  #next = 0;

  /** The number of the next packet, of 16 bits. */
  get next(): number {
    return this.#next & 0xffff;
  }

  /** Notes that the packet with the `next` number goes out. */
  sent(bytes: number, now: number): void {
    const slot = this.#next % remembered;
    const sentAt = (this.#sentAt ??= this.#allocate());
    sentAt[slot] = now;
    this.#bytes[slot] = bytes;
    this.#states[slot] = state.sent;
    this.#next += 1;
  }

  /** Tells what became of the packets that the feedback is about; those that we never sent, or no longer know, are left out. */
  heed(feedback: TransportFeedback, outcomes: PacketOutcomes): void {
    const { firstNumber, arrivals } = feedback;
    const behind = (this.#next - firstNumber) & 0xffff;
    for (let index = Math.max(0, behind - remembered); index < arrivals.length && index < behind; index += 1)
      this.#tell(this.#next - behind + index, arrivals[index] ?? NaN, outcomes);
  }

  #tell(number: number, arrivedAt: number, outcomes: PacketOutcomes): void {
    const slot = number % remembered;
    const known = number < 0 ? state.none : (this.#states[slot] ?? state.none);
    if (known === state.none) return;
    if (Number.isNaN(arrivedAt)) {
      if (known === state.sent) outcomes.lost();
      this.#states[slot] = state.lost;
      return;
    }
    if (known === state.lost) outcomes.late();
    this.#states[slot] = state.none;
    outcomes.arrived(this.#sentAt?.[slot] ?? 0, arrivedAt, this.#bytes[slot] ?? 0);
  }

  #allocate(): Float64Array {
    this.#bytes = new Uint16Array(remembered);
    this.#states = new Uint8Array(remembered);
    return new Float64Array(remembered);
  }
}
