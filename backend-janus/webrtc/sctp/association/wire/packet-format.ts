import { crc32c } from './crc32c.ts';

/** RFC 9260 section 3.1: ports, verification tag, checksum. */
export const commonHeaderBytes = 12;

/** RFC 9260 section 3.2: type, flags, length. */
export const chunkHeaderBytes = 4;

/** Chunk header, TSN, stream, stream sequence number, protocol (RFC 9260 section 3.3.1). */
export const dataHeaderBytes = 16;

/**
 * The largest packet we make: with the DTLS record around it, and UDP and IPv6 around that, it stays below the 1,280
 * bytes that every IPv6 path carries.
 */
export const mostPacketBytes = 1188;

/** User data in one chunk, so that the chunk fills a packet. */
export const mostPayloadBytes = mostPacketBytes - commonHeaderBytes - dataHeaderBytes;

/** RFC 9260 section 3.2, RFC 3758 section 3.2, RFC 6525 section 3.1. */
export const chunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** Flags of a DATA chunk (RFC 9260 section 3.3.1, RFC 7053). */
export const dataFlag = { last: 1, first: 2, unordered: 4, immediate: 8 } as const;

/** What a DATA chunk is made of. */
export interface DataChunk {
  readonly tsn: number;
  readonly stream: number;
  readonly streamSequence: number;
  readonly protocol: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isUnordered: boolean;
  readonly bytes: Buffer;
}

/** Between which ports an association runs. */
export interface Ports {
  readonly local: number;
  readonly remote: number;
}

const nothing = Buffer.alloc(0);

/** Builds one packet after the other; each is a new buffer, which its receiver may keep. */
export class PacketWriter {
  readonly #ports: Ports;
  #packet = nothing;
  #at = commonHeaderBytes;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Bytes of the next packet that are left for chunks. */
  get room(): number {
    return mostPacketBytes - this.#at;
  }

  get isEmpty(): boolean {
    return this.#at === commonHeaderBytes;
  }

  /** Adds a chunk that is whole, its header included; it must fit. */
  add(chunk: Buffer): void {
    this.#begin();
    chunk.copy(this.#packet, this.#at);
    this.#pad(chunk.length);
  }

  /** Adds user data; it must fit. */
  addData(chunk: DataChunk): void {
    this.#begin();
    const { bytes, isFirst, isLast, isUnordered } = chunk;
    const flags =
      (isFirst ? dataFlag.first : 0) | (isLast ? dataFlag.last : 0) | (isUnordered ? dataFlag.unordered : 0);
    const length = dataHeaderBytes + bytes.length;
    this.#packet.writeUInt16BE((chunkType.data << 8) | flags, this.#at);
    this.#packet.writeUInt16BE(length, this.#at + 2);
    this.#packet.writeUInt32BE(chunk.tsn, this.#at + 4);
    this.#packet.writeUInt16BE(chunk.stream, this.#at + 8);
    this.#packet.writeUInt16BE(chunk.streamSequence, this.#at + 10);
    this.#packet.writeUInt32BE(chunk.protocol, this.#at + 12);
    bytes.copy(this.#packet, this.#at + dataHeaderBytes);
    this.#pad(length);
  }

  /** The packet, for who chose `tag` as his; the next one is begun. */
  finish(tag: number): Buffer {
    const packet = this.#packet.subarray(0, this.#at);
    packet.writeUInt32BE(tag, 4);
    packet.writeUInt32LE(crc32c(packet), 8);
    this.#packet = nothing;
    this.#at = commonHeaderBytes;
    return packet;
  }

  #begin(): void {
    if (this.#packet !== nothing) return;
    this.#packet = Buffer.allocUnsafe(mostPacketBytes);
    this.#packet.writeUInt16BE(this.#ports.local, 0);
    this.#packet.writeUInt16BE(this.#ports.remote, 2);
    this.#packet.writeUInt32BE(0, 8);
  }

  #pad(length: number): void {
    const end = this.#at + padded(length);
    this.#packet.fill(0, this.#at + length, end);
    this.#at = end;
  }
}

/** Chunks and parameters begin at multiples of four bytes. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** A chunk with `value` behind its header. */
export function writeChunk(type: number, value: Buffer = Buffer.alloc(0), flags = 0): Buffer {
  const chunk = Buffer.alloc(chunkHeaderBytes + value.length);
  chunk.writeUInt8(type, 0);
  chunk.writeUInt8(flags, 1);
  chunk.writeUInt16BE(chunk.length, 2);
  value.copy(chunk, chunkHeaderBytes);
  return chunk;
}

/** A parameter, padded (RFC 9260 section 3.2.1). */
export function writeParameter(type: number, value: Buffer): Buffer {
  const parameter = Buffer.alloc(padded(chunkHeaderBytes + value.length));
  parameter.writeUInt16BE(type, 0);
  parameter.writeUInt16BE(chunkHeaderBytes + value.length, 2);
  value.copy(parameter, chunkHeaderBytes);
  return parameter;
}

/** Calls `take` with each parameter of a chunk whose lengths are checked, from `start` on. */
export function readParameters(
  chunk: Buffer,
  start: number,
  take: (type: number, value: Buffer) => void,
): void {
  for (let at = start; at + chunkHeaderBytes <= chunk.length;) {
    const length = chunk.readUInt16BE(at + 2);
    take(chunk.readUInt16BE(at), chunk.subarray(at + chunkHeaderBytes, at + length));
    at += padded(length);
  }
}

/** Reads a DATA chunk whose lengths are checked; its bytes are a view. */
export function readData(chunk: Buffer): DataChunk {
  const flags = chunk.readUInt8(1);
  return {
    tsn: chunk.readUInt32BE(4),
    stream: chunk.readUInt16BE(8),
    streamSequence: chunk.readUInt16BE(10),
    protocol: chunk.readUInt32BE(12),
    isFirst: (flags & dataFlag.first) !== 0,
    isLast: (flags & dataFlag.last) !== 0,
    isUnordered: (flags & dataFlag.unordered) !== 0,
    bytes: chunk.subarray(dataHeaderBytes),
  };
}
