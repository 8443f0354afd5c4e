import { ntpFraction, ntpSeconds } from './ntp-time.ts';
import { packetType, reportBlockBytes, type ReportBlock } from './rtcp-block.ts';

/** The count of a block has five bits. */
const mostCounted = 31;

/** SDES item type of the canonical name (RFC 3550 section 6.5.1). */
const cnameItem = 1;

/** What a sender report says of what we send. */
export interface SenderState {
  readonly ssrc: number;
  readonly wallTimeMs: number;
  /** Of the stream, at `wallTimeMs`. */
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/**
 * Writes a sender report (RFC 3550 section 6.4.1) with up to 31 report blocks into `out` from `at` on.
 *
 * This and the other writers return the bytes they wrote, or 0 if `out` has no room.
 */
export function writeSenderReport(
  out: Buffer,
  at: number,
  state: SenderState,
  reports: readonly ReportBlock[] = [],
): number {
  const bytes = beginReport(out, at, packetType.senderReport, 28, reports);
  if (bytes === 0) return 0;
  out.writeUInt32BE(state.ssrc, at + 4);
  out.writeUInt32BE(ntpSeconds(state.wallTimeMs), at + 8);
  out.writeUInt32BE(ntpFraction(state.wallTimeMs), at + 12);
  out.writeUInt32BE(state.rtpTimestamp, at + 16);
  out.writeUInt32BE(state.packets % 2 ** 32, at + 20);
  out.writeUInt32BE(state.octets % 2 ** 32, at + 24);
  return bytes;
}

/** Writes a receiver report (RFC 3550 section 6.4.2) with up to 31 report blocks; `ssrc` is ours. */
export function writeReceiverReport(
  out: Buffer,
  at: number,
  ssrc: number,
  reports: readonly ReportBlock[] = [],
): number {
  const bytes = beginReport(out, at, packetType.receiverReport, 8, reports);
  if (bytes > 0) out.writeUInt32BE(ssrc, at + 4);
  return bytes;
}

/** Writes a source description with the canonical name alone (RFC 3550 section 6.5), cut at 255 bytes. */
export function writeSourceDescription(out: Buffer, at: number, ssrc: number, cname: string): number {
  const nameBytes = Math.min(Buffer.byteLength(cname), 255);
  // The list of items ends with at least one zero, up to a multiple of four.
  const bytes = 4 * Math.ceil((4 + 4 + 2 + nameBytes + 1) / 4);
  if (at + bytes > out.length) return 0;
  writeHeader(out, at, 1, packetType.sourceDescription, bytes);
  out.writeUInt32BE(ssrc, at + 4);
  out.writeUInt8(cnameItem, at + 8);
  out.writeUInt8(nameBytes, at + 9);
  out.fill(0, at + 10, at + bytes);
  out.write(cname, at + 10, nameBytes);
  return bytes;
}

/** Says that we stop sending up to 31 streams (RFC 3550 section 6.6). */
export function writeBye(out: Buffer, at: number, ssrcs: readonly number[]): number {
  const count = Math.min(ssrcs.length, mostCounted);
  const bytes = 4 + 4 * count;
  if (at + bytes > out.length) return 0;
  writeHeader(out, at, count, packetType.bye, bytes);
  for (let index = 0; index < count; index += 1) out.writeUInt32BE(ssrcs[index] ?? 0, at + 4 + 4 * index);
  return bytes;
}

/** Writes the first word of any RTCP packet; `count` is its five bits, `bytes` its size. */
export function writeHeader(out: Buffer, at: number, count: number, type: number, bytes: number): void {
  out.writeUInt8(0x80 | count, at);
  out.writeUInt8(type, at + 1);
  out.writeUInt16BE(bytes / 4 - 1, at + 2);
}

function beginReport(
  out: Buffer,
  at: number,
  type: number,
  start: number,
  reports: readonly ReportBlock[],
): number {
  const count = Math.min(reports.length, mostCounted);
  const bytes = start + count * reportBlockBytes;
  if (at + bytes > out.length) return 0;
  writeHeader(out, at, count, type, bytes);
  for (const [index, report] of reports.entries()) {
    if (index < count) writeReport(out, at + start + index * reportBlockBytes, report);
  }
  return bytes;
}

function writeReport(out: Buffer, at: number, report: ReportBlock): void {
  out.writeUInt32BE(report.ssrc, at);
  out.writeUInt8(report.fractionLost, at + 4);
  out.writeIntBE(report.cumulativeLost, at + 5, 3);
  out.writeUInt32BE(report.highestSequence, at + 8);
  out.writeUInt32BE(report.jitter, at + 12);
  out.writeUInt32BE(report.lastReport, at + 16);
  out.writeUInt32BE(report.delaySinceLastReport, at + 20);
}
