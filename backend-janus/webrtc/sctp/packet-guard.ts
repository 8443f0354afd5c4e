import { chunkHeaderBytes, chunkType, commonHeaderBytes, padded } from './association/wire/packet-format.ts';

/** Chunks in one packet; what a browser bundles is below ten. */
const mostChunks = 64;

/**
 * Chunks of one kind but user data, in one packet: a request and an answer may meet there. Each may cost an answer, or a
 * walk through all that is on its way, so 64 of them would cost a millisecond.
 */
const mostOfAKind = 2;

/** Packets that one SACK may report as received out of order: several times what a window of 1 MiB holds. */
const mostGapPackets = 8192;

/** Streams that WebRTC endpoints use; RFC 8831 allows more, browsers stop here. */
const mostStreams = 1024;

/** Where the parameters of a chunk begin, counted from its header on; Infinity if it has none that are parsed. */
interface Shape {
  readonly leastBytes: number;
  readonly parameters: number;
}

const noParameters = Infinity;

/** The chunks that our SCTP knows, by type (RFC 9260 section 3.2, RFC 3758 section 3.2, RFC 6525 section 3.1). */
const shapes: ReadonlyMap<number, Shape> = new Map([
  [chunkType.data, { leastBytes: 17, parameters: noParameters }],
  [chunkType.init, { leastBytes: 20, parameters: 20 }],
  [chunkType.initAck, { leastBytes: 20, parameters: 20 }],
  [chunkType.sack, { leastBytes: 16, parameters: noParameters }],
  [chunkType.heartbeat, { leastBytes: 4, parameters: 4 }],
  [chunkType.heartbeatAck, { leastBytes: 4, parameters: 4 }],
  [chunkType.abort, { leastBytes: 4, parameters: 4 }],
  [chunkType.shutdown, { leastBytes: 8, parameters: noParameters }],
  [chunkType.shutdownAck, { leastBytes: 4, parameters: noParameters }],
  [chunkType.error, { leastBytes: 4, parameters: 4 }],
  [chunkType.cookieEcho, { leastBytes: 4, parameters: noParameters }],
  [chunkType.cookieAck, { leastBytes: 4, parameters: noParameters }],
  [chunkType.shutdownComplete, { leastBytes: 4, parameters: noParameters }],
  [chunkType.reconfig, { leastBytes: 4, parameters: 4 }],
  [chunkType.forwardTsn, { leastBytes: 8, parameters: noParameters }],
]);

/**
 * Whether a packet may reach the SCTP parser: every length in it adds up, and nothing in it asks for more work than
 * its size is worth. What reads it afterwards trusts its lengths.
 */
export function isSoundSctp(packet: Buffer): boolean {
  if (packet.length < commonHeaderBytes + chunkHeaderBytes) return false;
  const kinds = new Map<number, number>();
  let at = commonHeaderBytes;
  for (let count = 0; at < packet.length; count += 1) {
    if (count === mostChunks || at + chunkHeaderBytes > packet.length) return false;
    const length = packet.readUInt16BE(at + 2);
    if (length < chunkHeaderBytes || at + length > packet.length) return false;
    if (!isSoundChunk(packet.subarray(at, at + length))) return false;
    if (!mayFollow(packet.readUInt8(at), kinds)) return false;
    at += padded(length);
  }
  return true;
}

/** Counts control chunks. False if there are too many of this type. */
function mayFollow(type: number, kinds: Map<number, number>): boolean {
  if (type === chunkType.data) return true;
  const count = (kinds.get(type) ?? 0) + 1;
  kinds.set(type, count);
  return count <= mostOfAKind;
}

function isSoundChunk(chunk: Buffer): boolean {
  const type = chunk.readUInt8(0);
  const shape = shapes.get(type);
  if (shape === undefined || chunk.length < shape.leastBytes) return false;
  if (type === chunkType.data) return chunk.readUInt16BE(8) < mostStreams;
  if (type === chunkType.sack) return isSoundSack(chunk);
  if (type === chunkType.forwardTsn) return isSoundForward(chunk);
  return shape.parameters === noParameters || areSoundParameters(chunk, shape.parameters);
}

/** RFC 3758 section 3.2: pairs of stream and sequence number fill the chunk. */
function isSoundForward(chunk: Buffer): boolean {
  if (chunk.length % 4 !== 0) return false;
  for (let at = 8; at < chunk.length; at += 4) if (chunk.readUInt16BE(at) >= mostStreams) return false;
  return true;
}

/** RFC 9260 section 3.3.4: gap blocks and duplicates fill the chunk, and the gaps span no more than a window. */
function isSoundSack(chunk: Buffer): boolean {
  const gaps = chunk.readUInt16BE(12);
  if (chunk.length !== 16 + 4 * (gaps + chunk.readUInt16BE(14))) return false;
  let packets = 0;
  for (let at = 16; at < 16 + 4 * gaps; at += 4) {
    const span = chunk.readUInt16BE(at + 2) - chunk.readUInt16BE(at);
    packets += span + 1;
    if (span < 0 || packets > mostGapPackets) return false;
  }
  return true;
}

/** RFC 9260 section 3.2.1. What follows the last whole parameter is padding. */
function areSoundParameters(chunk: Buffer, start: number): boolean {
  for (let at = start; at + 4 <= chunk.length;) {
    const length = chunk.readUInt16BE(at + 2);
    if (length < 4 || at + length > chunk.length) return false;
    at += padded(length);
  }
  return true;
}
