import { feedbackFormat, packetType, rembIdentifier } from './rtcp-block.ts';
import { writeHeader } from './write-reports.ts';

/** The exponent of REMB has six bits, its mantissa eighteen. */
const largestMantissa = 2 ** 18 - 1;

/** Asks for a keyframe (picture loss indication, RFC 4585 section 6.3.1). Returns as `writeSenderReport`. */
export function writePli(out: Buffer, at: number, sender: number, media: number): number {
  return beginFeedback(out, at, packetType.payloadFeedback, feedbackFormat.pli, 12, sender, media);
}

/** Demands a keyframe (RFC 5104 section 4.3.1); `number` has 8 bits and goes up with each new demand. */
export function writeFir(out: Buffer, at: number, sender: number, media: number, number: number): number {
  const bytes = beginFeedback(out, at, packetType.payloadFeedback, feedbackFormat.fir, 20, sender, 0);
  if (bytes === 0) return 0;
  out.writeUInt32BE(media, at + 12);
  out.writeUInt32BE((number & 0xff) * 2 ** 24, at + 16);
  return bytes;
}

/**
 * Asks for lost packets again (RFC 4585 section 6.2.1). Writes as many numbers as fit; ascending ones take least
 * room. Nothing is written for an empty list.
 */
export function writeNack(
  out: Buffer,
  at: number,
  sender: number,
  media: number,
  sequenceNumbers: readonly number[],
): number {
  const room = Math.min(out.length - at, 4 * 0x10000);
  let end = 12;
  for (let index = 0; index < sequenceNumbers.length && end + 4 <= room; end += 4) {
    const first = sequenceNumbers[index] ?? 0;
    let following = 0;
    for (index += 1; index < sequenceNumbers.length; index += 1) {
      const distance = ((sequenceNumbers[index] ?? 0) - first) & 0xffff;
      if (distance === 0 || distance > 16) break;
      following |= 1 << (distance - 1);
    }
    out.writeUInt16BE(first, at + end);
    out.writeUInt16BE(following, at + end + 2);
  }
  if (end === 12) return 0;
  return beginFeedback(out, at, packetType.transportFeedback, feedbackFormat.nack, end, sender, media);
}

/** Tells what we can receive of all of `ssrcs` together, at most 255 (draft-alvestrand-rmcat-remb-03). */
export function writeRemb(
  out: Buffer,
  at: number,
  sender: number,
  bitsPerSecond: number,
  ssrcs: readonly number[],
): number {
  const count = Math.min(ssrcs.length, 255);
  const size = 20 + 4 * count;
  const bytes = beginFeedback(
    out,
    at,
    packetType.payloadFeedback,
    feedbackFormat.application,
    size,
    sender,
    0,
  );
  if (bytes === 0) return 0;
  let mantissa = Math.max(0, Math.floor(bitsPerSecond));
  let exponent = 0;
  for (; mantissa > largestMantissa && exponent < 63; exponent += 1) mantissa = Math.floor(mantissa / 2);
  out.writeUInt32BE(rembIdentifier, at + 12);
  out.writeUInt8(count, at + 16);
  out.writeUIntBE(exponent * 2 ** 18 + Math.min(mantissa, largestMantissa), at + 17, 3);
  for (let index = 0; index < count; index += 1) out.writeUInt32BE(ssrcs[index] ?? 0, at + 20 + 4 * index);
  return bytes;
}

function beginFeedback(
  out: Buffer,
  at: number,
  type: number,
  format: number,
  bytes: number,
  sender: number,
  media: number,
): number {
  if (at + bytes > out.length) return 0;
  writeHeader(out, at, format, type, bytes);
  out.writeUInt32BE(sender, at + 4);
  out.writeUInt32BE(media, at + 8);
  return bytes;
}
