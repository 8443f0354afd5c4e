/** RFC 3550 section 5.1: the header without CSRCs and extension. */
const fixedHeaderBytes = 12;

/** More header extension elements than any browser sends; the rest of a longer list is not searched. */
const mostElements = 16;

/** RFC 8285 section 4.1.1: this id is one byte of padding. */
const padding = 0;

/**
 * Walks the header extension of a packet (RFC 8285) without making an object per element.
 *
 * `open`, then `next` until it is false; between the calls `id`, `start` and `end` are those of one element, which
 * lies within the header whatever the packet claims.
 */
export class ExtensionElements {
  id = 0;
  start = 0;
  end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #stop = 0;
  #headerSize = 1;
  #left = 0;

  /** Begins with a packet that RtpPacket has checked; its header ends at `payloadStart`. */
  open(bytes: Buffer, payloadStart: number): void {
    this.#bytes = bytes;
    this.#left = 0;
    const first = bytes.readUInt8(0);
    if ((first & 0x10) === 0) return;
    const start = fixedHeaderBytes + 4 * (first & 0x0f);
    const profile = bytes.readUInt16BE(start);
    this.#at = start + 4;
    this.#stop = payloadStart;
    this.#headerSize = profile === 0xbede ? 1 : 2;
    if (profile === 0xbede || (profile & 0xfff0) === 0x1000) this.#left = mostElements;
  }

  /** Moves to the next element; false after the last, and where an element claims more than there is. */
  next(): boolean {
    while (this.#left > 0 && this.#at + this.#headerSize <= this.#stop) {
      const first = this.#bytes.readUInt8(this.#at);
      const id = this.#headerSize === 1 ? first >> 4 : first;
      if (id === padding) {
        this.#at += 1;
        continue;
      }
      return this.#take(id, first);
    }
    return false;
  }

  #take(id: number, first: number): boolean {
    // Id 15 ends a list of one-byte headers whatever follows (RFC 8285 section 4.2).
    const isEnd = this.#headerSize === 1 && id === 15;
    this.id = id;
    this.start = this.#at + this.#headerSize;
    this.end =
      this.start + (this.#headerSize === 1 ? (first & 0x0f) + 1 : this.#bytes.readUInt8(this.#at + 1));
    this.#at = this.end;
    this.#left = isEnd || this.end > this.#stop ? 0 : this.#left - 1;
    return !isEnd && this.end <= this.#stop;
  }
}
