import { parseFeedback } from './parse-feedback.ts';
import {
  feedbackFormat,
  packetType,
  reportBlockBytes,
  type ReportBlock,
  type RtcpBlock,
} from './rtcp-block.ts';
import { wallTimeOf } from './ntp-time.ts';

/** A compound packet of more is refused (media-security: a bound for every list). */
const mostBlocks = 32;

/** What a packet type that we do not act on parses to. */
type Outcome = RtcpBlock | 'skipped' | undefined;

/**
 * Parses a compound RTCP packet (RFC 3550 section 6.1; reduced size as well, RFC 5506) in time linear in its size.
 *
 * Returns undefined if any length does not add up, so that a caller counts one malformed packet and acts on
 * nothing of it. SDES, APP, XR and unknown feedback are skipped; a NACK lists at most 512 numbers.
 */
export function parseRtcp(bytes: Buffer): readonly RtcpBlock[] | undefined {
  const blocks: RtcpBlock[] = [];
  let at = 0;
  for (let count = 0; at < bytes.length; count += 1) {
    const end = blockEnd(bytes, at);
    if (count === mostBlocks || end === undefined) return undefined;
    const block = parseBlock(bytes, at, end);
    if (block === undefined) return undefined;
    if (block !== 'skipped') blocks.push(block);
    at = end;
  }
  return at === 0 ? undefined : blocks;
}

/** Where the block that begins at `at` ends; undefined if that is outside the packet. */
function blockEnd(bytes: Buffer, at: number): number | undefined {
  if (at + 4 > bytes.length || bytes.readUInt8(at) >> 6 !== 2) return undefined;
  const end = at + 4 + 4 * bytes.readUInt16BE(at + 2);
  return end <= bytes.length ? end : undefined;
}

function parseBlock(bytes: Buffer, at: number, end: number): Outcome {
  const first = bytes.readUInt8(at);
  const padding = (first & 0x20) === 0 ? 0 : paddingBytes(bytes, at, end);
  if (padding === undefined) return undefined;
  return parseBody(bytes.readUInt8(at + 1), first & 0x1f, bytes.subarray(at, end - padding));
}

/**
 * Only the last block may be padded, by a multiple of four that its last byte tells (RFC 3550 section 6.4.1). Chromium
 * pads transport-wide feedback, whose deltas are single bytes, to the next word.
 */
function paddingBytes(bytes: Buffer, at: number, end: number): number | undefined {
  const padding = bytes.readUInt8(end - 1);
  const isSound = end === bytes.length && padding > 0 && padding <= end - at - 4;
  return isSound && (padding % 4 === 0 || isTransportWide(bytes, at)) ? padding : undefined;
}

function isTransportWide(bytes: Buffer, at: number): boolean {
  const format = bytes.readUInt8(at) & 0x1f;
  return bytes.readUInt8(at + 1) === packetType.transportFeedback && format === feedbackFormat.transportWide;
}

function parseBody(type: number, count: number, block: Buffer): Outcome {
  switch (type) {
    case packetType.senderReport:
      return parseSenderReport(block, count);
    case packetType.receiverReport:
      return parseReceiverReport(block, count);
    case packetType.bye:
      return parseBye(block, count);
    case packetType.transportFeedback:
    case packetType.payloadFeedback:
      return parseFeedback(type, count, block);
    default:
      return 'skipped';
  }
}

function parseSenderReport(block: Buffer, count: number): Outcome {
  const reports = parseReports(block, 28, count);
  if (reports === undefined) return undefined;
  const seconds = block.readUInt32BE(8);
  const fraction = block.readUInt32BE(12);
  return {
    type: 'sender_report',
    sender: block.readUInt32BE(4),
    // Both words are zero if the sender has no notion of wall-clock time (RFC 3550 section 6.4.1).
    report:
      seconds === 0 && fraction === 0
        ? undefined
        : { rtpTimestamp: block.readUInt32BE(16), wallTimeMs: wallTimeOf(seconds, fraction) },
    ntpMiddle: block.readUInt32BE(10),
    packets: block.readUInt32BE(20),
    octets: block.readUInt32BE(24),
    reports,
  };
}

function parseReceiverReport(block: Buffer, count: number): Outcome {
  const reports = parseReports(block, 8, count);
  return reports && { type: 'receiver_report', sender: block.readUInt32BE(4), reports };
}

function parseReports(block: Buffer, start: number, count: number): readonly ReportBlock[] | undefined {
  if (start + count * reportBlockBytes > block.length) return undefined;
  return Array.from({ length: count }, (_, index) => parseReport(block, start + index * reportBlockBytes));
}

function parseReport(block: Buffer, at: number): ReportBlock {
  return {
    ssrc: block.readUInt32BE(at),
    fractionLost: block.readUInt8(at + 4),
    cumulativeLost: block.readIntBE(at + 5, 3),
    highestSequence: block.readUInt32BE(at + 8),
    jitter: block.readUInt32BE(at + 12),
    lastReport: block.readUInt32BE(at + 16),
    delaySinceLastReport: block.readUInt32BE(at + 20),
  };
}

function parseBye(block: Buffer, count: number): Outcome {
  if (4 + 4 * count > block.length) return undefined;
  return {
    type: 'bye',
    ssrcs: Array.from({ length: count }, (_, index) => block.readUInt32BE(4 + 4 * index)),
  };
}
