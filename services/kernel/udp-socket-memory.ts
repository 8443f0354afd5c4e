/** Ethernet's payload; nothing larger passes the media ports, and what else is larger gets memory of its own. */
const slotBytes = 1500;

/**
 * Memory for datagrams that the system has not read yet: a ring of slots, made as they are needed and given back in
 * the order in which they were lent.
 */
export class UdpSocketMemory {
  readonly #capacity: number;
  readonly #slots: Buffer[] = [];
  #lent = 0;
  #takenBack = 0;

  /** `capacity` is how many datagrams may be out at once. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A copy that stays as it is until it is taken back; undefined if too many are out. */
  lend(datagram: Buffer): Buffer | undefined {
    if (this.#lent - this.#takenBack >= this.#capacity) return undefined;
    if (datagram.length > slotBytes) {
      this.#lent += 1;
      return Buffer.from(datagram);
    }
    const slot = this.#slot(this.#lent % this.#capacity);
    this.#lent += 1;
    datagram.copy(slot);
    return slot.subarray(0, datagram.length);
  }

  takeBackOldest(): void {
    this.#takenBack += 1;
    // Starting over keeps a socket that is seldom busy on its first few slots.
    if (this.#takenBack === this.#lent) this.#takenBack = this.#lent = 0;
  }

  #slot(at: number): Buffer {
    return (this.#slots[at] ??= Buffer.allocUnsafeSlow(slotBytes));
  }
}
