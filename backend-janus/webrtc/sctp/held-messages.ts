/** Messages that are kept; more come only from who does not wait for a channel. */
const mostMessages = 64;

/** Bytes of all messages that are kept, together: one message of the largest size that we take. */
const mostBytes = 256 * 1024;

interface Message {
  readonly label: string;
  readonly payload: string | Buffer;
}

/** Messages for channels that are not open yet, in their order and within bounds. */
export class HeldMessages {
  #messages: Message[] = [];
  #bytes = 0;

  /** Keeps a copy; false if there is no room. */
  hold(label: string, payload: string | Buffer): boolean {
    const size = Buffer.byteLength(payload);
    if (this.#messages.length >= mostMessages || this.#bytes + size > mostBytes) return false;
    this.#messages.push({ label, payload: typeof payload === 'string' ? payload : Buffer.from(payload) });
    this.#bytes += size;
    return true;
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
