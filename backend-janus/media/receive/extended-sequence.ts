/** Numbers in 16 bits. */
const wrap = 0x10000;

/** A larger step forward is a stream that began anew (RFC 3550 appendix A.1). */
const mostDropouts = 3000;

/** A packet older than that is no late one: a second of a fast stream, since retransmissions come that late. */
const mostMisordered = 1000;

/** What `ExtendedSequence.update` returns for a packet that fits nowhere. */
export const refusedSequence = -1;

/**
 * Extends the 16-bit sequence numbers of one stream to numbers that only wrap after 2^53 (RFC 3550 appendix A.1).
 *
 * A jump is refused until a second packet follows it in order: then the stream has restarted, `restarts` counts it,
 * and its numbers continue above all those before. Without probation: the first packet counts.
 */
export class ExtendedSequence {
  #highest = refusedSequence;
  #afterJump = refusedSequence;
  #restarts = 0;

  /** The highest so far, `refusedSequence` before the first packet. Its lower 16 bits are as on the wire. */
  get highest(): number {
    return this.#highest;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /**
   * The extended number, above 0, or `refusedSequence`. What `mayRestart` is false for, as for retransmissions, which
   * may come late and in order, begins no stream anew.
   */
  update(sequenceNumber: number, mayRestart = true): number {
    // One cycle above zero, so that packets from just before the first one stay positive.
    if (this.#highest === refusedSequence) return (this.#highest = wrap + sequenceNumber);
    const step = signedDistance(this.#highest, sequenceNumber);
    if (step >= mostDropouts || step <= -mostMisordered)
      return mayRestart ? this.#jump(sequenceNumber) : refusedSequence;
    const extended = this.#highest + step;
    if (step > 0) this.#highest = extended;
    this.#afterJump = refusedSequence;
    return extended;
  }

  #jump(sequenceNumber: number): number {
    if (sequenceNumber !== this.#afterJump) {
      this.#afterJump = (sequenceNumber + 1) % wrap;
      return refusedSequence;
    }
    this.#afterJump = refusedSequence;
    this.#restarts += 1;
    const nextCycle = wrap * (Math.floor(this.#highest / wrap) + 2);
    return (this.#highest = nextCycle + sequenceNumber);
  }
}

/** From one number to another the shorter way round, from -32,768 to 32,767; of `from` the lower 16 bits count. */
export function signedDistance(from: number, to: number): number {
  return ((((to - from) % wrap) << 16) >> 16) | 0;
}
