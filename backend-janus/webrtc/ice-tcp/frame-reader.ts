/** Ethernet's payload: what is larger would be no datagram of ours. */
const mostFrameBytes = 1500;

const lengthBytes = 2;

/** Cuts a stream of bytes into the datagrams that it carries, each after its length (RFC 4571). */
export class FrameReader {
  /** A frame that has begun; made when the first one comes in pieces. */
  #pieces: Buffer | undefined;
  #have = 0;

  /**
   * Hands each frame that is whole to `take`, until that returns false: a view over `bytes` or over memory that is
   * used again. A frame of no bytes is skipped (RFC 4571 section 2).
   *
   * False if a frame is too large, or if `take` was.
   */
  push(bytes: Buffer, take: (frame: Buffer) => boolean): boolean {
    let rest = bytes;
    while (rest.length > 0) {
      const used = this.#have > 0 ? this.#complete(rest, take) : this.#cut(rest, take);
      if (used === undefined) return false;
      rest = rest.subarray(used);
    }
    return true;
  }

  /** A frame from the beginning of `bytes`, in place if it is whole. Gives the bytes used. */
  #cut(bytes: Buffer, take: (frame: Buffer) => boolean): number | undefined {
    if (bytes.length < lengthBytes) return this.#keep(bytes);
    const length = bytes.readUInt16BE();
    if (length > mostFrameBytes) return undefined;
    const end = lengthBytes + length;
    if (bytes.length < end) return this.#keep(bytes);
    return length === 0 || take(bytes.subarray(lengthBytes, end)) ? end : undefined;
  }

  /** What is missing of a frame that has begun. */
  #complete(bytes: Buffer, take: (frame: Buffer) => boolean): number | undefined {
    const missing = this.#have < lengthBytes ? lengthBytes - this.#have : this.#end - this.#have;
    const used = this.#keep(bytes.subarray(0, missing));
    if (this.#have < lengthBytes) return used;
    if (this.#end > lengthBytes + mostFrameBytes) return undefined;
    if (this.#have < this.#end) return used;
    const frame = this.#memory.subarray(lengthBytes, this.#end);
    this.#have = 0;
    return frame.length === 0 || take(frame) ? used : undefined;
  }

  #keep(bytes: Buffer): number {
    this.#have += bytes.copy(this.#memory, this.#have);
    return bytes.length;
  }

  get #end(): number {
    return lengthBytes + this.#memory.readUInt16BE();
  }

  get #memory(): Buffer {
    return (this.#pieces ??= Buffer.allocUnsafeSlow(lengthBytes + mostFrameBytes));
  }
}
