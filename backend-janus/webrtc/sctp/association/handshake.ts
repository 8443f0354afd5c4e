import { timingSafeEqual } from 'node:crypto';
import type { Random } from '#services/kernel';
import {
  chunkType,
  commonHeaderBytes,
  mostPacketBytes,
  readParameters,
  writeChunk,
  writeParameter,
} from './wire/packet-format.ts';

/** What one side says of itself in INIT or INIT ACK (RFC 9260 section 3.3.2). */
export interface PeerParameters {
  /** Goes into every packet to the peer. */
  readonly tag: number;
  /** Bytes that the peer is ready to hold. */
  readonly window: number;
  readonly firstTsn: number;
  readonly takesForwardTsn: boolean;
  /** Those that exist in both directions, from 0 on. */
  readonly streams: number;
}

/** A chunk, and the tag of the packet that it goes into. */
export interface HandshakeChunk {
  readonly tag: number;
  readonly chunk: Buffer;
}

/** Parameters of INIT and INIT ACK (RFC 9260 section 3.3.2.1, RFC 3758 section 3.1, RFC 5061 section 4.2.7). */
const parameter = { cookie: 7, extensions: 0x8008, forwardTsn: 0xc000 } as const;

const initParametersAt = 20;

/** Streams in either direction, as browsers have them. */
const streamCount = 1024;

const cookieBytes = 16;

/** Browsers begin at once; who did not by then hears from us. */
const patienceMs = 500;

/** RFC 9260 section 16: Max.Init.Retransmits. */
const mostTries = 8;

/**
 * How an association begins (RFC 9260 section 5.1), from either side or from both at once (section 5.2.1). A new INIT
 * on an association that is up is ignored: an association lives as long as the DTLS under it.
 *
 * The cookie carries no state: the peer is the one that DTLS proved, and there is one association for it.
 */
export class Handshake {
  readonly tag: number;
  readonly firstTsn: number;
  readonly #window: number;
  readonly #cookie: Buffer;
  #peer: PeerParameters | undefined;
  #state: 'listening' | 'init_sent' | 'cookie_sent' | 'done' = 'listening';
  #repeated: HandshakeChunk | undefined;
  #tries = 0;
  #deadline = Infinity;

  /** `window` is what we are ready to hold, in bytes. */
  constructor(random: Random, window: number) {
    // Zero is the tag of an INIT alone.
    this.tag = random.uint32() || 1;
    this.firstTsn = random.uint32();
    this.#cookie = Buffer.from(random.bytes(cookieBytes));
    this.#window = window;
  }

  /** Whom the association is with; undefined until it is up. */
  get peer(): PeerParameters | undefined {
    return this.#state === 'done' ? this.#peer : undefined;
  }

  /** When `retry` is to be called. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Waits for the peer to begin, but not for ever. */
  start(now: number): void {
    this.#deadline = now + patienceMs;
  }

  /** What to send now that nothing was heard for a while; undefined when we only listen from now on. */
  retry(now: number): HandshakeChunk | undefined {
    this.#tries += 1;
    this.#deadline = this.#tries > mostTries ? Infinity : now + patienceMs * 2 ** this.#tries;
    if (this.#deadline === Infinity) return undefined;
    if (this.#state === 'listening') {
      this.#state = 'init_sent';
      this.#repeated = { tag: 0, chunk: this.#write(chunkType.init, []) };
    }
    return this.#repeated;
  }

  /** Takes a chunk of the handshake, its lengths checked; what to answer. */
  receive(chunk: Buffer, now: number): HandshakeChunk | undefined {
    switch (chunk.readUInt8(0)) {
      case chunkType.init:
        return this.#takeInit(chunk);
      case chunkType.initAck:
        return this.#takeInitAck(chunk, now);
      case chunkType.cookieEcho:
        return this.#takeCookie(chunk.subarray(4));
      case chunkType.cookieAck:
        if (this.#state === 'cookie_sent') this.#finish();
        return undefined;
      default:
        return undefined;
    }
  }

  #takeInit(chunk: Buffer): HandshakeChunk | undefined {
    const peer = this.#state === 'done' ? undefined : readPeer(chunk);
    if (peer === undefined) return undefined;
    this.#peer = peer;
    const cookie = writeParameter(parameter.cookie, this.#cookie);
    return { tag: peer.tag, chunk: this.#write(chunkType.initAck, [cookie]) };
  }

  #takeInitAck(chunk: Buffer, now: number): HandshakeChunk | undefined {
    const peer = this.#state === 'init_sent' ? readPeer(chunk) : undefined;
    const echo = cookieEcho(chunk);
    if (peer === undefined || echo === undefined) return undefined;
    this.#peer = peer;
    this.#state = 'cookie_sent';
    this.#tries = 0;
    this.#deadline = now + patienceMs;
    this.#repeated = { tag: peer.tag, chunk: echo };
    return this.#repeated;
  }

  #takeCookie(cookie: Buffer): HandshakeChunk | undefined {
    const isOurs = cookie.length === cookieBytes && timingSafeEqual(cookie, this.#cookie);
    if (!isOurs || this.#peer === undefined) return undefined;
    this.#finish();
    return { tag: this.#peer.tag, chunk: writeChunk(chunkType.cookieAck) };
  }

  #finish(): void {
    this.#state = 'done';
    this.#repeated = undefined;
    this.#deadline = Infinity;
  }

  #write(type: number, more: readonly Buffer[]): Buffer {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(this.tag, 0);
    head.writeUInt32BE(this.#window, 4);
    head.writeUInt16BE(streamCount, 8);
    head.writeUInt16BE(streamCount, 10);
    head.writeUInt32BE(this.firstTsn, 12);
    const extensions = Buffer.from([chunkType.reconfig, chunkType.forwardTsn]);
    const parameters = [
      ...more,
      writeParameter(parameter.forwardTsn, Buffer.alloc(0)),
      writeParameter(parameter.extensions, extensions),
    ];
    return writeChunk(type, Buffer.concat([head, ...parameters]));
  }
}

/** Undefined if the peer says what nobody may (RFC 9260 section 3.3.2). */
function readPeer(chunk: Buffer): PeerParameters | undefined {
  const tag = chunk.readUInt32BE(4);
  const streams = Math.min(streamCount, chunk.readUInt16BE(12), chunk.readUInt16BE(14));
  if (tag === 0 || streams === 0) return undefined;
  let takesForwardTsn = false;
  readParameters(chunk, initParametersAt, (type) => {
    takesForwardTsn ||= type === parameter.forwardTsn;
  });
  const firstTsn = chunk.readUInt32BE(16);
  return { tag, window: chunk.readUInt32BE(8), firstTsn, takesForwardTsn, streams };
}

function cookieEcho(initAck: Buffer): Buffer | undefined {
  let cookie: Buffer | undefined;
  readParameters(initAck, initParametersAt, (type, value) => {
    if (type === parameter.cookie) cookie ??= value;
  });
  if (cookie === undefined || cookie.length > mostPacketBytes - commonHeaderBytes - 4) return undefined;
  return writeChunk(chunkType.cookieEcho, cookie);
}
