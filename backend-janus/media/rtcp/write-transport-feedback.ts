import { feedbackFormat, packetType } from './rtcp-block.ts';
import {
  longestRun,
  longVector,
  packetStatus,
  referenceTimes,
  shortVector,
  ticksPerMs,
  ticksPerReference,
  transportHeaderBytes,
} from './transport-feedback.ts';
import { writeHeader } from './write-reports.ts';

/** Packets that one feedback packet is about; see `writeTransportFeedback`. */
export const mostReported = 400;

/** The longest packet that these make: a chunk for seven each, two bytes of delta each, zeros up to a whole word. */
const mostBytes = transportHeaderBytes + 2 * Math.ceil(mostReported / longVector) + 2 * mostReported + 4;

/** Of the packet being written: it is finished before the next begins. */
const statuses = new Uint8Array(mostReported);
const deltas = new Int32Array(mostReported);

/**
 * Reports when the first `packets` of `arrivals` came, in milliseconds, NaN for those that did not; at least one did,
 * at most 400 are reported, and any two of them came within 8 s (draft-holmer-rmcat-transport-wide-cc-extensions-01).
 *
 * Returns the bytes written, or 0 if `out` has less room than the longest such packet takes: 942 bytes.
 */
export function writeTransportFeedback(
  out: Buffer,
  at: number,
  sender: number,
  media: number,
  firstNumber: number,
  count: number,
  arrivals: Float64Array,
  packets: number,
): number {
  if (at + mostBytes > out.length) return 0;
  const reported = Math.min(packets, mostReported);
  const reference = quantise(arrivals, reported);
  const chunksEnd = writeChunks(out, at + transportHeaderBytes, reported);
  const end = writeDeltas(out, chunksEnd, reported);
  const bytes = 4 * Math.ceil((end - at) / 4);
  out.fill(0, end, at + bytes);
  writeHeader(out, at, feedbackFormat.transportWide, packetType.transportFeedback, bytes);
  out.writeUInt32BE(sender, at + 4);
  out.writeUInt32BE(media, at + 8);
  out.writeUInt16BE(firstNumber & 0xffff, at + 12);
  out.writeUInt16BE(reported, at + 14);
  out.writeUIntBE(reference, at + 16, 3);
  out.writeUInt8(count & 0xff, at + 19);
  return bytes;
}

/** Fills `statuses` and `deltas`; returns the reference time. Each time is rounded, not each delta, so no error grows. */
function quantise(arrivals: Float64Array, reported: number): number {
  const first = arrivals.find((arrival) => !Number.isNaN(arrival)) ?? 0;
  const reference = Math.floor(ticksOf(first) / ticksPerReference);
  let before = reference * ticksPerReference;
  for (let index = 0; index < reported; index += 1) {
    const arrival = arrivals[index] ?? NaN;
    if (Number.isNaN(arrival)) {
      statuses[index] = packetStatus.lost;
      continue;
    }
    const delta = ticksOf(arrival) - before;
    before += delta;
    deltas[index] = delta;
    statuses[index] = delta >= 0 && delta <= 0xff ? packetStatus.small : packetStatus.large;
  }
  return ((reference % referenceTimes) + referenceTimes) % referenceTimes;
}

function ticksOf(ms: number): number {
  return Math.round(ms * ticksPerMs);
}

/** Writes each chunk as the kind that tells of the most packets; returns where they end. */
function writeChunks(out: Buffer, start: number, reported: number): number {
  let at = start;
  for (let index = 0; index < reported;) {
    const run = runFrom(index, reported);
    if (run > shortVector || index + run === reported) {
      at = out.writeUInt16BE(((statuses[index] ?? 0) << 13) | Math.min(run, longestRun), at);
      index += run;
    } else if (isPlain(index, Math.min(index + shortVector, reported))) {
      at = out.writeUInt16BE(0x8000 | vector(index, shortVector, 1, reported), at);
      index += shortVector;
    } else {
      at = out.writeUInt16BE(0xc000 | vector(index, longVector, 2, reported), at);
      index += longVector;
    }
  }
  return at;
}

/** How many packets from `index` on have the same status. */
function runFrom(index: number, reported: number): number {
  let end = index + 1;
  while (end < reported && statuses[end] === statuses[index]) end += 1;
  return end - index;
}

/** One bit is enough for the statuses from `index` to `end`. */
function isPlain(index: number, end: number): boolean {
  for (let each = index; each < end; each += 1) if (statuses[each] === packetStatus.large) return false;
  return true;
}

/** Statuses from `index` on, the first one highest; those past the last packet are zero. */
function vector(index: number, count: number, bits: number, reported: number): number {
  let value = 0;
  for (let each = index; each < index + count; each += 1)
    value = (value << bits) | (each < reported ? (statuses[each] ?? 0) : 0);
  return value;
}

function writeDeltas(out: Buffer, start: number, reported: number): number {
  let at = start;
  for (let index = 0; index < reported; index += 1) {
    if (statuses[index] === packetStatus.small) at = out.writeUInt8(deltas[index] ?? 0, at);
    else if (statuses[index] === packetStatus.large) at = out.writeInt16BE(deltas[index] ?? 0, at);
  }
  return at;
}
