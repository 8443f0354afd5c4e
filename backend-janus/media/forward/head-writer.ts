import { absoluteSendTime, copiedExtensions, extensionUri, mostCopiedBytes } from '../header-extensions.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { SendParameters } from '../rtp-sink.ts';
import type { PacketFacts } from '../payload/packet-facts.ts';

/** The fixed header of RFC 3550, and the profile and length that begin an extension. */
const headerBytes = 12;
const extensionHeaderBytes = 4;

/** Where the elements begin: at a whole word. */
const elementsAt = headerBytes + extensionHeaderBytes;

/** All that follows but the mid: the headers of our elements and the values of two, padding, RTX and descriptor. */
const otherBytes = mostCopiedBytes + 32;

/** An identification that is longer is not sent; SDP allows 16 characters. */
const longestMid = 255;

/** A one-byte element header (RFC 8285 section 4.2) has ids up to 14 and values of up to 16 bytes. */
const largestShortId = 14;
const longestShortValue = 16;

/** The largest id of a two-byte element header; SDP has others, which are placeholders (RFC 8285 section 7). */
const largestId = 255;

/**
 * Writes RTP heads for one subscriber into one buffer: fixed header without CSRCs, then the header extensions that the
 * subscriber negotiated, under its ids.
 *
 * What is the same in each packet is written once. `transport-cc`, if present, is the first element with a value of
 * zero, for the connection to write; see `writeTransportSequence`.
 */
export class HeadWriter {
  readonly buffer: Buffer;
  readonly #hasShortElements: boolean;
  /** The subscriber's id by the place in `copiedExtensions`; 0 for those it does not take. */
  readonly #copiedIds: Uint8Array;
  /** Where the three bytes of abs-send-time are; 0 if it was not negotiated. */
  readonly #sendTimeAt: number;
  /** Where our own elements end, and the head of a packet that has no others. */
  readonly #ownEnd: number;
  readonly #plainEnd: number;
  readonly #plainWords: number;
  #at = 0;
  /** The words of extension that the buffer tells at present. */
  #words: number;
  /** Copied elements stand where a head without them has padding. */
  #isPaddingDirty = false;
  #ssrc: number;

  constructor(parameters: SendParameters) {
    const extensions = new Map([...parameters.extensions].filter(([, id]) => id > 0 && id <= largestId));
    const mid = Buffer.from(parameters.mid ?? '');
    this.#hasShortElements =
      mid.length <= longestShortValue && Math.max(0, ...extensions.values()) <= largestShortId;
    this.buffer = Buffer.alloc(headerBytes + extensionHeaderBytes + longestMid + otherBytes);
    this.#copiedIds = Uint8Array.from(copiedExtensions, ({ uri }) => extensions.get(uri) ?? 0);
    this.#at = elementsAt;
    this.#sendTimeAt = this.#writeOwnElements(extensions, mid);
    this.#ownEnd = this.#at;
    this.#plainWords = this.#pad();
    this.#plainEnd = this.#plainWords === 0 ? headerBytes : this.#at;
    this.#words = this.#plainWords;
    this.buffer.writeUInt16BE(this.#hasShortElements ? 0xbede : 0x1000, headerBytes);
    this.buffer.writeUInt16BE(this.#words, headerBytes + 2);
    this.#ssrc = parameters.ssrc;
    this.buffer.writeUInt32BE(this.#ssrc, 8);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#at;
  }

  /** Begins a head with what comes from the packet; `sentAt` is for abs-send-time, on the clock's scale. */
  begin(packet: RtpPacket, facts: PacketFacts, sentAt: number): void {
    const { buffer } = this;
    const { bytes } = packet;
    if (this.#sendTimeAt !== 0) this.#writeSendTime(absoluteSendTime(sentAt));
    const words = facts.copiedCount > 0 ? this.#copyElements(bytes, facts) : this.#skipElements();
    if (words !== this.#words) this.#writeWords(words);
    buffer[0] = (words === 0 ? 0x80 : 0x90) | ((bytes[0] ?? 0) & 0x20);
    buffer[1] = (bytes[1] ?? 0) & 0x80;
  }

  /** Fills in what the subscriber's stream numbers; `sequenceNumber` may exceed 16 bits, `timestamp` 32. */
  number(payloadType: number, sequenceNumber: number, timestamp: number, ssrc: number): void {
    const { buffer } = this;
    buffer[1] = ((buffer[1] ?? 0) & 0x80) | payloadType;
    buffer[2] = sequenceNumber >>> 8;
    buffer[3] = sequenceNumber;
    buffer[4] = timestamp >>> 24;
    buffer[5] = timestamp >>> 16;
    buffer[6] = timestamp >>> 8;
    buffer[7] = timestamp;
    if (ssrc === this.#ssrc) return;
    this.#ssrc = ssrc;
    buffer.writeUInt32BE(ssrc, 8);
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

  /** Returns where abs-send-time is; 0 if it was not negotiated. */
  #writeOwnElements(extensions: ReadonlyMap<string, number>, mid: Buffer): number {
    const transportWideId = extensions.get(extensionUri.transportWide);
    const sendTimeId = extensions.get(extensionUri.absoluteSendTime);
    const midId = extensions.get(extensionUri.mid);
    if (transportWideId !== undefined) this.#at = this.#beginElement(transportWideId, 2) + 2;
    const sendTimeAt = sendTimeId === undefined ? 0 : this.#beginElement(sendTimeId, 3);
    if (sendTimeAt !== 0) this.#at = sendTimeAt + 3;
    if (midId === undefined || mid.length === 0 || mid.length > longestMid) return sendTimeAt;
    this.#at = this.#beginElement(midId, mid.length);
    this.#at += mid.copy(this.buffer, this.#at);
    return sendTimeAt;
  }

  #writeSendTime(time: number): void {
    const at = this.#sendTimeAt;
    this.buffer[at] = time >>> 16;
    this.buffer[at + 1] = time >>> 8;
    this.buffer[at + 2] = time;
  }

  /** Leaves it at our own elements; returns their words. */
  #skipElements(): number {
    if (this.#isPaddingDirty) this.buffer.fill(0, this.#ownEnd, this.#plainEnd);
    this.#isPaddingDirty = false;
    this.#at = this.#plainEnd;
    return this.#plainWords;
  }

  /** Adds what the packet brings to our elements; returns the words of all of them. */
  #copyElements(bytes: Buffer, facts: PacketFacts): number {
    const { copiedCount, copiedIndexes, copiedStarts, copiedSizes } = facts;
    this.#isPaddingDirty = true;
    this.#at = this.#ownEnd;
    for (let one = 0; one < copiedCount; one += 1) {
      const id = this.#copiedIds[copiedIndexes[one] ?? 0] ?? 0;
      if (id !== 0) this.#copyElement(id, bytes, copiedStarts[one] ?? 0, copiedSizes[one] ?? 0);
    }
    const words = this.#pad();
    if (words === 0) this.#at = headerBytes;
    return words;
  }

  #copyElement(id: number, bytes: Buffer, start: number, size: number): void {
    const at = this.#beginElement(id, size);
    for (let one = 0; one < size; one += 1) this.buffer[at + one] = bytes[start + one] ?? 0;
    this.#at = at + size;
  }

  /** Writes an element's header; returns where its value begins. */
  #beginElement(id: number, size: number): number {
    const at = this.#at;
    if (this.#hasShortElements) {
      this.buffer[at] = (id << 4) | (size - 1);
      return at + 1;
    }
    this.buffer[at] = id;
    this.buffer[at + 1] = size;
    return at + 2;
  }

  /** Fills up to a whole word; returns the words of all elements. */
  #pad(): number {
    while ((this.#at & 3) !== 0) {
      this.buffer[this.#at] = 0;
      this.#at += 1;
    }
    return (this.#at - elementsAt) >> 2;
  }

  #writeWords(words: number): void {
    this.#words = words;
    this.buffer[headerBytes + 3] = words;
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
