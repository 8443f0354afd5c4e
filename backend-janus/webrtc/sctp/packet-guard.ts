/** RFC 9260 section 3.1: ports, verification tag, checksum. */
const commonHeaderBytes = 12;

/** RFC 9260 section 3.2: type, flags, length. */
const chunkHeaderBytes = 4;

/** Chunks in one packet; what a browser bundles is below ten. */
const mostChunks = 64;

/** Packets that one SACK may report as received out of order: several times what a window of 1 MiB holds. */
const mostGapPackets = 8192;

/** Streams that WebRTC endpoints use; RFC 8831 allows more, browsers stop here. */
const mostStreams = 1024;

/** Where the parameters of a chunk begin, counted from its header on; Infinity if it has none that are parsed. */
interface Shape {
  readonly leastBytes: number;
  readonly parameters: number;
}

const data = 0;
const sack = 3;
const noParameters = Infinity;

/** The chunks that our SCTP knows, by type (RFC 9260 section 3.2, RFC 3758 section 3.2, RFC 6525 section 3.1). */
const shapes: ReadonlyMap<number, Shape> = new Map([
  [data, { leastBytes: 17, parameters: noParameters }],
  [1, { leastBytes: 20, parameters: 20 }],
  [2, { leastBytes: 20, parameters: 20 }],
  [sack, { leastBytes: 16, parameters: noParameters }],
  [4, { leastBytes: 4, parameters: 4 }],
  [5, { leastBytes: 4, parameters: 4 }],
  [6, { leastBytes: 4, parameters: 4 }],
  [7, { leastBytes: 8, parameters: noParameters }],
  [8, { leastBytes: 4, parameters: noParameters }],
  [9, { leastBytes: 4, parameters: 4 }],
  [10, { leastBytes: 4, parameters: noParameters }],
  [11, { leastBytes: 4, parameters: noParameters }],
  [14, { leastBytes: 4, parameters: noParameters }],
  [130, { leastBytes: 4, parameters: 4 }],
  [192, { leastBytes: 8, parameters: noParameters }],
]);

/**
 * Whether a packet may reach the SCTP parser: every length in it adds up, and nothing in it asks for more work than
 * its size is worth. The parser trusts lengths: one of 0 would keep it busy for ever.
 */
export function isSoundSctp(packet: Buffer): boolean {
  if (packet.length < commonHeaderBytes + chunkHeaderBytes) return false;
  let at = commonHeaderBytes;
  for (let count = 0; at < packet.length; count += 1) {
    if (count === mostChunks || at + chunkHeaderBytes > packet.length) return false;
    const length = packet.readUInt16BE(at + 2);
    if (length < chunkHeaderBytes || at + length > packet.length) return false;
    if (!isSoundChunk(packet.subarray(at, at + length))) return false;
    at += padded(length);
  }
  return true;
}

/** Whether a packet carries user data. */
export function carriesData(packet: Buffer): boolean {
  for (let at = commonHeaderBytes; at < packet.length; at += padded(packet.readUInt16BE(at + 2)))
    if (packet.readUInt8(at) === data) return true;
  return false;
}

function isSoundChunk(chunk: Buffer): boolean {
  const type = chunk.readUInt8(0);
  const shape = shapes.get(type);
  if (shape === undefined || chunk.length < shape.leastBytes) return false;
  if (type === data) return chunk.readUInt16BE(8) < mostStreams;
  if (type === sack) return isSoundSack(chunk);
  if (type === 192) return chunk.length % 4 === 0;
  return shape.parameters === noParameters || areSoundParameters(chunk, shape.parameters);
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

function padded(length: number): number {
  return (length + 3) & ~3;
}
