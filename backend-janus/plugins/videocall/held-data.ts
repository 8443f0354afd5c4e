/** Messages that are kept; more come only from who does not wait for an answer. */
const mostMessages = 64;

/** Bytes of all messages that are kept, together: one message of the largest size that we take. */
const mostBytes = 256 * 1024;

interface Message {
  readonly label: string;
  readonly payload: string | Buffer;
}

/** Data channel messages for a side without such a channel yet, in their order; what exceeds the bounds is dropped. */
export class HeldData {
  /** Messages that found no room. */
  dropped = 0;
  #messages: Message[] = [];
  #bytes = 0;

  /** Keeps a copy. */
  hold(label: string, payload: string | Buffer): void {
    const size = Buffer.byteLength(payload);
    if (this.#messages.length >= mostMessages || this.#bytes + size > mostBytes) {
      this.dropped += 1;
      return;
    }
    this.#messages.push({ label, payload: typeof payload === 'string' ? payload : Buffer.from(payload) });
    this.#bytes += size;
  }

  /** Gives what is held for one channel, once. */
  take(label: string): readonly Message[] {
    const taken = this.#messages.filter((message) => message.label === label);
    this.#messages = this.#messages.filter((message) => message.label !== label);
    for (const { payload } of taken) this.#bytes -= Buffer.byteLength(payload);
    return taken;
  }

  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }
}
