import { recordType, type HostileDtls } from './hostile-dtls.ts';

const port = 5000;
const tag = 0x00c0ffee;
const initialTsn = 1_000;

/** Chunk types (RFC 9260 section 3.2, RFC 3758 section 3.2, RFC 6525 section 3.1). */
export const chunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** The table of CRC32c (RFC 9260 appendix A). */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** One chunk, padded. */
export function printChunk(type: number, flags: number, value: Uint8Array): Buffer {
  const chunk = Buffer.alloc((4 + value.length + 3) & ~3);
  chunk.writeUInt8(type, 0);
  chunk.writeUInt8(flags, 1);
  chunk.writeUInt16BE(4 + value.length, 2);
  chunk.set(value, 4);
  return chunk;
}

/** A packet of these chunks with a right checksum. */
export function printSctp(verificationTag: number, chunks: Uint8Array): Buffer {
  const packet = Buffer.concat([Buffer.alloc(12), chunks]);
  packet.writeUInt16BE(port, 0);
  packet.writeUInt16BE(port, 2);
  packet.writeUInt32BE(verificationTag, 4);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

/** A whole message of one byte or more in one DATA chunk. */
export function dataChunk(
  tsn: number,
  stream: number,
  protocol: number,
  payload: Uint8Array,
  flags = 3,
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(tsn >>> 0, 0);
  head.writeUInt16BE(stream, 4);
  head.writeUInt32BE(protocol, 8);
  return printChunk(chunkType.data, flags, Buffer.concat([head, payload]));
}

/** The SCTP association of a hostile peer: set up honestly, and then open to any chunk. */
export class HostileSctp {
  isEstablished = false;
  #remoteTag = 0;
  #heard = 0;
  readonly #dtls: HostileDtls;
  readonly #send: (datagram: Buffer) => void;

  /** `dtls` is connected. */
  constructor(dtls: HostileDtls, send: (datagram: Buffer) => void) {
    this.#dtls = dtls;
    this.#send = send;
  }

  /** The next TSN that is expected of us. */
  get nextTsn(): number {
    return initialTsn;
  }

  /** Asks for the association; call `poll` until `isEstablished`. */
  start(): void {
    const init = Buffer.alloc(16);
    init.writeUInt32BE(tag, 0);
    init.writeUInt32BE(1024 * 1024, 4);
    init.writeUInt16BE(1024, 8);
    init.writeUInt16BE(1024, 10);
    init.writeUInt32BE(initialTsn, 12);
    this.sendRaw(printSctp(0, printChunk(chunkType.init, 0, init)));
  }

  /** Looks at what came since the last call. */
  poll(): void {
    for (; this.#heard < this.#dtls.data.length; this.#heard += 1) this.#take(this.#dtls.data[this.#heard]);
  }

  /** Chunks of any kind in a packet of this association. */
  send(chunks: Uint8Array): void {
    this.sendRaw(printSctp(this.#remoteTag, chunks));
  }

  /** Any bytes where SCTP is expected. */
  sendRaw(packet: Buffer): void {
    this.#send(this.#dtls.protect(recordType.applicationData, packet));
  }

  #take(packet: Buffer | undefined): void {
    if (packet === undefined || packet.length < 16) return;
    const type = packet.readUInt8(12);
    if (type === chunkType.cookieAck) this.isEstablished = true;
    if (type !== chunkType.initAck || packet.length < 32) return;
    this.#remoteTag = packet.readUInt32BE(16);
    this.send(printChunk(chunkType.cookieEcho, 0, cookieOf(packet)));
  }
}

/** The state cookie of an INIT ACK (RFC 9260 section 3.3.3). */
function cookieOf(packet: Buffer): Buffer {
  for (let at = 32; at + 4 <= packet.length;) {
    const length = packet.readUInt16BE(at + 2);
    if (packet.readUInt16BE(at) === 7) return packet.subarray(at + 4, at + length);
    at += Math.max(4, (length + 3) & ~3);
  }
  return Buffer.alloc(0);
}
