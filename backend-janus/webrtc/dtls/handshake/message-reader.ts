import { messageHeaderBytes, type HandshakeMessage } from './message.ts';

/** A message whose fragments are not all here. */
interface Partial {
  readonly bytes: Buffer;
  /** 1 for each byte of the body that is here. */
  readonly has: Uint8Array;
  missing: number;
  isProtected: boolean;
}

/** Messages ahead of the one that is due; the longest flight has five. */
const mostAhead = 8;

/** Memory for what is not complete or not due; browsers' flights are below 4 KiB. */
const mostHeldBytes = 32 * 1024;

/** Puts handshake messages together and in order, whatever the network did to their fragments (RFC 6347 section 4.2.3). */
export class MessageReader {
  readonly #partials = new Map<number, Partial>();
  #next = 0;
  #heldBytes = 0;

  /**
   * Takes the content of one handshake record; copies what it keeps. `repeated` if the peer says again what was
   * taken before, `malformed` if it cannot be read or would need too much memory.
   */
  take(content: Buffer, isProtected: boolean): 'taken' | 'repeated' | 'malformed' {
    let isRepeated = false;
    for (let at = 0; at < content.length;) {
      const end = fragmentEnd(content, at);
      if (end === undefined) return 'malformed';
      const fragment = content.subarray(at, end);
      if (fragment.readUInt16BE(4) < this.#next) isRepeated = true;
      else if (!this.#add(fragment, isProtected)) return 'malformed';
      at = end;
    }
    return isRepeated ? 'repeated' : 'taken';
  }

  /** The message that is due, if it is complete. */
  next(): HandshakeMessage | undefined {
    const partial = this.#partials.get(this.#next);
    if (partial === undefined || partial.missing > 0) return undefined;
    const { bytes, isProtected } = partial;
    this.#partials.delete(this.#next);
    this.#heldBytes -= bytes.length;
    this.#next += 1;
    return { type: bytes.readUInt8(0), bytes, body: bytes.subarray(messageHeaderBytes), isProtected };
  }

  #add(fragment: Buffer, isProtected: boolean): boolean {
    const sequence = fragment.readUInt16BE(4);
    const partial = this.#partials.get(sequence) ?? this.#begin(fragment, sequence);
    // Type and length must be those of the fragment that came first.
    if (partial === undefined || partial.bytes.compare(fragment, 0, 4, 0, 4) !== 0) return false;
    partial.isProtected &&= isProtected;
    const offset = fragment.readUIntBE(6, 3);
    for (let at = messageHeaderBytes; at < fragment.length; at += 1) {
      const place = offset + at - messageHeaderBytes;
      if (partial.has[place] !== 0) continue;
      partial.has[place] = 1;
      partial.bytes[messageHeaderBytes + place] = fragment[at] ?? 0;
      partial.missing -= 1;
    }
    return true;
  }

  #begin(fragment: Buffer, sequence: number): Partial | undefined {
    const length = fragment.readUIntBE(1, 3);
    const bytes = messageHeaderBytes + length;
    if (sequence >= this.#next + mostAhead || this.#heldBytes + bytes > mostHeldBytes) return undefined;
    const partial = {
      bytes: Buffer.alloc(bytes),
      has: new Uint8Array(length),
      missing: length,
      isProtected: true,
    };
    fragment.copy(partial.bytes, 0, 0, 6);
    partial.bytes.writeUIntBE(length, 9, 3);
    this.#partials.set(sequence, partial);
    this.#heldBytes += bytes;
    return partial;
  }
}

/** Where the fragment that starts at `start` ends; undefined if it is cut short or reaches past its message. */
function fragmentEnd(content: Buffer, start: number): number | undefined {
  if (start + messageHeaderBytes > content.length) return undefined;
  const length = content.readUIntBE(start + 1, 3);
  const offset = content.readUIntBE(start + 6, 3);
  const fragmentBytes = content.readUIntBE(start + 9, 3);
  const end = start + messageHeaderBytes + fragmentBytes;
  return offset + fragmentBytes > length || end > content.length ? undefined : end;
}
