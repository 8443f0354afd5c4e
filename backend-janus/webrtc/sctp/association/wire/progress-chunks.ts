import { chunkType, writeChunk } from './packet-format.ts';
import type { Acknowledgement, Forward } from '../outbound.ts';

/** Streams that one FORWARD TSN names; the rest is told by a later one. */
const mostStreams = 256;

/** Reads a SACK whose lengths are checked (RFC 9260 section 3.3.4). */
export function readSack(chunk: Buffer): Acknowledgement {
  const gaps: [number, number][] = [];
  const end = 16 + 4 * chunk.readUInt16BE(12);
  for (let at = 16; at < end; at += 4) gaps.push([chunk.readUInt16BE(at), chunk.readUInt16BE(at + 2)]);
  return { cumulative: chunk.readUInt32BE(4), window: chunk.readUInt32BE(8), gaps };
}

/** A SACK without duplicates. */
export function writeSack({ cumulative, window, gaps }: Acknowledgement): Buffer {
  const value = Buffer.alloc(12 + 4 * gaps.length);
  value.writeUInt32BE(cumulative, 0);
  value.writeUInt32BE(window, 4);
  value.writeUInt16BE(gaps.length, 8);
  for (const [index, [first, last]] of gaps.entries()) {
    value.writeUInt16BE(first, 12 + 4 * index);
    value.writeUInt16BE(last, 14 + 4 * index);
  }
  return writeChunk(chunkType.sack, value);
}

/** Reads a FORWARD TSN whose lengths are checked (RFC 3758 section 3.2). */
export function readForward(chunk: Buffer): {
  readonly tsn: number;
  readonly streams: readonly (readonly [number, number])[];
} {
  const streams: [number, number][] = [];
  for (let at = 8; at + 4 <= chunk.length; at += 4)
    streams.push([chunk.readUInt16BE(at), chunk.readUInt16BE(at + 2)]);
  return { tsn: chunk.readUInt32BE(4), streams };
}

/** A FORWARD TSN. */
export function writeForward({ tsn, streams }: Forward): Buffer {
  const named = [...streams].slice(0, mostStreams);
  const value = Buffer.alloc(4 + 4 * named.length);
  value.writeUInt32BE(tsn, 0);
  for (const [index, [stream, sequence]] of named.entries()) {
    value.writeUInt16BE(stream, 4 + 4 * index);
    value.writeUInt16BE(sequence, 6 + 4 * index);
  }
  return writeChunk(chunkType.forwardTsn, value);
}
