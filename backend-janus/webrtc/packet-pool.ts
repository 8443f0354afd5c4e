/** Room for the largest datagram that is sent: an Ethernet frame's worth, and what SRTP adds. */
const bufferBytes = 1600;

/** Buffers lent between two flushes; when they are used up, the socket is flushed early. */
const buffers = 512;

/**
 * Lends buffers for outgoing datagrams until the next `flush` of their socket, so that no packet allocates.
 *
 * One pool serves all connections of a socket: they run in one thread and share its flushes.
 */
export class PacketPool {
  readonly #buffers: Buffer[] = [];
  readonly #flush: () => void;
  #lent = 0;

  /** `flush` hands everything queued to the socket, which has copied it when the call returns. */
  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** A buffer of 1,600 bytes, the caller's until the next flush. */
  take(): Buffer {
    if (this.#lent === buffers) this.flush();
    const buffer = (this.#buffers[this.#lent] ??= Buffer.allocUnsafeSlow(bufferBytes));
    this.#lent += 1;
    return buffer;
  }

  /** Sends what is queued and takes all buffers back. */
  flush(): void {
    this.#flush();
    this.#lent = 0;
  }
}
