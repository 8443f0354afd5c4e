import {
  longestRun,
  longVector,
  packetStatus,
  shortVector,
  ticksPerMs,
  ticksPerReference,
  transportHeaderBytes,
  type TransportFeedback,
} from './transport-feedback.ts';

/**
 * Packets read from one feedback packet: as many as a sender remembers. A run of lost ones claims 8,191 of them with
 * two bytes.
 */
const mostStatuses = 2048;

/** One is enough for all packets: each is read to its end before the next. */
const statuses = new Uint8Array(mostStatuses);

/**
 * Parses transport-wide feedback of which the fixed part of RFC 4585 is known to be there, in time linear in its size.
 *
 * Undefined if its lengths do not add up. Packets after the first 2,048 are left out.
 */
export function parseTransportFeedback(block: Buffer): TransportFeedback | undefined {
  if (block.length < transportHeaderBytes) return undefined;
  const claimed = block.readUInt16BE(14);
  const deltasAt = readStatuses(block, claimed);
  if (deltasAt < 0) return undefined;
  const arrivals = new Float64Array(Math.min(claimed, mostStatuses));
  const reference = block.readIntBE(16, 3) * ticksPerReference;
  if (!readDeltas(block, deltasAt, reference, arrivals)) return undefined;
  return { firstNumber: block.readUInt16BE(12), count: block.readUInt8(19), arrivals };
}

/** Fills `statuses` from the chunks; returns where the deltas begin, -1 if there are too few chunks. */
function readStatuses(block: Buffer, claimed: number): number {
  let at = transportHeaderBytes;
  for (let read = 0; read < claimed; at += 2) {
    if (at + 2 > block.length) return -1;
    read += readChunk(block.readUInt16BE(at), read);
  }
  return at;
}

/** Reads one chunk; returns how many packets it is about. */
function readChunk(chunk: number, first: number): number {
  if ((chunk & 0x8000) === 0) {
    const run = chunk & longestRun;
    statuses.fill((chunk >> 13) & 3, first, first + run);
    return run;
  }
  const isLong = (chunk & 0x4000) !== 0;
  const count = isLong ? longVector : shortVector;
  for (let index = 0; index < count && first + index < mostStatuses; index += 1)
    statuses[first + index] = isLong ? (chunk >> (12 - 2 * index)) & 3 : (chunk >> (13 - index)) & 1;
  return count;
}

/** False if there are fewer deltas than packets that arrived, or a status is none that we know. */
function readDeltas(block: Buffer, deltasAt: number, reference: number, arrivals: Float64Array): boolean {
  let at = deltasAt;
  let ticks = reference;
  for (let index = 0; index < arrivals.length; index += 1) {
    const status = statuses[index] ?? packetStatus.lost;
    arrivals[index] = NaN;
    if (status === packetStatus.lost) continue;
    if (status > packetStatus.large || at + status > block.length) return false;
    ticks += status === packetStatus.small ? block.readUInt8(at) : block.readInt16BE(at);
    at += status;
    arrivals[index] = ticks / ticksPerMs;
  }
  return true;
}
