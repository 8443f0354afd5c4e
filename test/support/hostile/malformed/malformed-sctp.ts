import type { Random } from '#services/kernel';
import { chunkType, dataChunk, printChunk, printSctp } from '../hostile-sctp.ts';
import { below, mutated, oneOf } from './byte-mutator.ts';

/** A DATA_CHANNEL_OPEN (RFC 8832 section 5.1). */
const open = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 99, 104, 97, 116]);

function sack(random: Random): Buffer {
  const gaps = below(random, 20);
  const value = Buffer.concat([random.bytes(12), random.bytes(4 * gaps)]);
  value.writeUInt16BE(gaps, 8);
  value.writeUInt16BE(0, 10);
  return printChunk(chunkType.sack, 0, value);
}

function data(random: Random, tsn: number): Buffer {
  const number = oneOf(random, [tsn, tsn, tsn, tsn + below(random, 5_000), random.uint32()]);
  const payload = oneOf(random, [open, random.bytes(1 + below(random, 40))]);
  const stream = oneOf(random, [0, 1, 2, below(random, 1_100), below(random, 65_536)]);
  return dataChunk(number, stream, oneOf(random, [50, 51, 53, 56, 57, 7]), payload, below(random, 8));
}

/** One chunk of any kind but those that end the association, which anybody may. */
function chunk(random: Random, tsn: number): Buffer {
  const way = below(random, 10);
  if (way < 4) return data(random, tsn);
  if (way === 4) return sack(random);
  const type = oneOf(random, [...Object.values(chunkType), 63, 128, 193, 255]);
  return printChunk(type, below(random, 4), random.bytes(below(random, 80)));
}

/** Chunks as they should not be, for a packet of a living association. */
export function malformedChunks(random: Random, tsn: number): Buffer {
  const chunks = Buffer.concat(Array.from({ length: 1 + below(random, 5) }, () => chunk(random, tsn)));
  return below(random, 2) === 0 ? chunks.subarray(0, 1300) : mutated(random, chunks).subarray(0, 1300);
}

/** Chunks of a byte each, none of which follows another: whoever keeps them all has much to sort. */
export function scatteredData(tsn: number, packet: number): Buffer {
  const chunks = Array.from({ length: chunksInPacket }, (_, at) =>
    dataChunk(tsn + 2 + 2 * (packet * chunksInPacket + at), at, 51, Buffer.from('x')),
  );
  return Buffer.concat(chunks);
}

/** As many as fit. */
const chunksInPacket = 60;

/** A damaged packet of nobody's association. */
export function malformedSctp(random: Random): Buffer {
  return mutated(random, printSctp(random.uint32(), malformedChunks(random, random.uint32())));
}
