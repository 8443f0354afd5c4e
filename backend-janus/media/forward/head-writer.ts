import { absoluteSendTime, copiedExtensions, extensionUri } from '../header-extensions.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { SendParameters } from '../rtp-sink.ts';
import type { PacketFacts } from '../payload/packet-facts.ts';

/** The fixed header of RFC 3550, and the profile and length that begin an extension. */
const headerBytes = 12;
const extensionHeaderBytes = 4;

/** All that follows but the mid: at most 14 bytes of copied extensions, 9 of ours, padding, RTX and VP8 descriptor. */
const otherBytes = 48;

/** An identification that is longer is not sent; SDP allows 16 characters. */
const longestMid = 255;

/** A one-byte element header (RFC 8285 section 4.2) has ids up to 14 and values of up to 16 bytes. */
const largestShortId = 14;
const longestShortValue = 16;

/** The largest id of a two-byte element header; SDP has others, which are placeholders (RFC 8285 section 7). */
const largestId = 255;

/** An extension that is copied: where to find it in the facts, how long it is, which id it gets. */
interface CopiedExtension {
  readonly index: number;
  readonly bytes: number;
  readonly id: number;
}

/**
 * Writes RTP heads for one subscriber into one buffer: fixed header without CSRCs, then the header extensions that the
 * subscriber negotiated, under its ids.
 *
 * `transport-cc`, if present, is the first element with a value of zero, for the connection to write; see
 * `writeTransportSequence`.
 */
export class HeadWriter {
  readonly buffer: Buffer;
  readonly #elementHeaderBytes: 1 | 2;
  readonly #transportWideId: number | undefined;
  readonly #sendTimeId: number | undefined;
  readonly #midId: number | undefined;
  readonly #mid: Buffer;
  readonly #copied: readonly CopiedExtension[];
  #at = 0;

  constructor(parameters: SendParameters) {
    const extensions = new Map([...parameters.extensions].filter(([, id]) => id > 0 && id <= largestId));
    const mid = Buffer.from(parameters.mid ?? '');
    this.#mid = mid;
    this.#midId = mid.length > 0 && mid.length <= longestMid ? extensions.get(extensionUri.mid) : undefined;
    this.#transportWideId = extensions.get(extensionUri.transportWide);
    this.#sendTimeId = extensions.get(extensionUri.absoluteSendTime);
    this.#copied = copiedExtensions.flatMap(({ uri, bytes }, index) => {
      const id = extensions.get(uri);
      return id === undefined ? [] : [{ index, bytes, id }];
    });
    const isShort = mid.length <= longestShortValue && Math.max(0, ...extensions.values()) <= largestShortId;
    this.#elementHeaderBytes = isShort ? 1 : 2;
    this.buffer = Buffer.alloc(headerBytes + extensionHeaderBytes + longestMid + otherBytes);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#at;
  }

  /** Begins a head with what comes from the packet; `sentAt` is for abs-send-time, on the clock's scale. */
  begin(packet: RtpPacket, facts: PacketFacts, sentAt: number): void {
    this.#at = headerBytes + extensionHeaderBytes;
    this.#writeOwnElements(sentAt);
    this.#copyElements(packet.bytes, facts);
    const hasExtension = this.#closeExtension();
    const hasPadding = (packet.bytes.readUInt8(0) & 0x20) !== 0;
    this.buffer.writeUInt8(0x80 | (hasPadding ? 0x20 : 0) | (hasExtension ? 0x10 : 0), 0);
    this.buffer.writeUInt8(packet.bytes.readUInt8(1) & 0x80, 1);
  }

  /** Fills in what the subscriber's stream numbers; `sequenceNumber` may exceed 16 bits, `timestamp` 32. */
  number(payloadType: number, sequenceNumber: number, timestamp: number, ssrc: number): void {
    this.buffer.writeUInt8((this.buffer.readUInt8(1) & 0x80) | payloadType, 1);
    this.buffer.writeUInt16BE(sequenceNumber & 0xffff, 2);
    this.buffer.writeUInt32BE(timestamp >>> 0, 4);
    this.buffer.writeUInt32BE(ssrc, 8);
  }

  /** Appends the number of the packet that this one repeats (RFC 4588 section 4). */
  appendOriginal(sequenceNumber: number): void {
    this.buffer.writeUInt16BE(sequenceNumber & 0xffff, this.#at);
    this.#at += 2;
  }

  /** Counts bytes that someone else wrote behind the others. */
  append(bytes: number): void {
    this.#at += bytes;
  }

  #writeOwnElements(sentAt: number): void {
    if (this.#transportWideId !== undefined) {
      this.#beginElement(this.#transportWideId, 2);
      this.#at = this.buffer.writeUInt16BE(0, this.#at);
    }
    if (this.#sendTimeId !== undefined) {
      this.#beginElement(this.#sendTimeId, 3);
      this.#at = this.buffer.writeUIntBE(absoluteSendTime(sentAt), this.#at, 3);
    }
    if (this.#midId !== undefined) {
      this.#beginElement(this.#midId, this.#mid.length);
      this.#at += this.#mid.copy(this.buffer, this.#at);
    }
  }

  #copyElements(bytes: Buffer, facts: PacketFacts): void {
    for (const { index, bytes: size, id } of this.#copied) {
      const start = facts.extensionStart(index);
      if (start < 0) continue;
      this.#beginElement(id, size);
      this.#at += bytes.copy(this.buffer, this.#at, start, start + size);
    }
  }

  #beginElement(id: number, size: number): void {
    if (this.#elementHeaderBytes === 1) {
      this.#at = this.buffer.writeUInt8((id << 4) | (size - 1), this.#at);
    } else {
      this.#at = this.buffer.writeUInt8(id, this.#at);
      this.#at = this.buffer.writeUInt8(size, this.#at);
    }
  }

  /** Pads the elements to whole words and writes the header before them; false if there are none. */
  #closeExtension(): boolean {
    const start = headerBytes + extensionHeaderBytes;
    if (this.#at === start) {
      this.#at = headerBytes;
      return false;
    }
    while ((this.#at - start) % 4 !== 0) this.#at = this.buffer.writeUInt8(0, this.#at);
    this.buffer.writeUInt16BE(this.#elementHeaderBytes === 1 ? 0xbede : 0x1000, headerBytes);
    this.buffer.writeUInt16BE((this.#at - start) / 4, headerBytes + 2);
    return true;
  }
}

/**
 * Writes the transport-wide sequence number into a head of a Forwarder, if it has room for one; `id` is that of the
 * negotiated extension. Returns whether it did.
 */
export function writeTransportSequence(head: Buffer, id: number, value: number): boolean {
  const at = headerBytes + extensionHeaderBytes;
  if ((head.readUInt8(0) & 0x10) === 0) return false;
  if (head.readUInt16BE(headerBytes) === 0xbede) {
    if (head.readUInt8(at) !== ((id << 4) | 1)) return false;
    head.writeUInt16BE(value & 0xffff, at + 1);
    return true;
  }
  if (head.readUInt8(at) !== id || head.readUInt8(at + 1) !== 2) return false;
  head.writeUInt16BE(value & 0xffff, at + 2);
  return true;
}
