import { parseTransportFeedback } from './parse-transport-feedback.ts';
import { feedbackFormat, packetType, rembIdentifier, type RtcpBlock } from './rtcp-block.ts';

/** Sequence numbers taken from one NACK: more than a second of a fast stream. */
const mostSequenceNumbers = 512;

/** Entries taken from one FIR: as many streams as a connection has. */
const mostRequests = 64;

/** Header, sender and media source (RFC 4585 section 6.1). */
const feedbackHeaderBytes = 12;

/** Parses feedback of RFC 4585, RFC 5104 and draft-alvestrand-rmcat-remb; undefined if its lengths do not add up. */
export function parseFeedback(
  type: number,
  format: number,
  block: Buffer,
): RtcpBlock | 'skipped' | undefined {
  if (block.length < feedbackHeaderBytes) return undefined;
  return type === packetType.transportFeedback
    ? parseRtpFeedback(format, block)
    : parsePayloadFeedback(format, block);
}

function parseRtpFeedback(format: number, block: Buffer): RtcpBlock | 'skipped' | undefined {
  const sender = block.readUInt32BE(4);
  const media = block.readUInt32BE(8);
  if (format === feedbackFormat.nack) return parseNack(block, sender, media);
  if (format !== feedbackFormat.transportWide) return 'skipped';
  const feedback = parseTransportFeedback(block);
  return feedback && { type: 'transport_feedback', sender, media, feedback };
}

function parsePayloadFeedback(format: number, block: Buffer): RtcpBlock | 'skipped' | undefined {
  const sender = block.readUInt32BE(4);
  switch (format) {
    case feedbackFormat.pli:
      return { type: 'pli', sender, media: block.readUInt32BE(8) };
    case feedbackFormat.fir:
      return parseFir(block, sender);
    case feedbackFormat.application:
      return parseApplication(block, sender);
    default:
      return 'skipped';
  }
}

/** Pairs of a lost packet and a bitmap of the sixteen after it (RFC 4585 section 6.2.1). */
function parseNack(block: Buffer, sender: number, media: number): RtcpBlock | undefined {
  if (block.length === feedbackHeaderBytes) return undefined;
  const sequenceNumbers: number[] = [];
  for (let at = feedbackHeaderBytes; at < block.length; at += 4) {
    const first = block.readUInt16BE(at);
    const following = block.readUInt16BE(at + 2);
    for (let bit = -1; bit < 16; bit += 1) {
      if (bit >= 0 && (following & (1 << bit)) === 0) continue;
      if (sequenceNumbers.length === mostSequenceNumbers) break;
      sequenceNumbers.push((first + bit + 1) & 0xffff);
    }
  }
  return { type: 'nack', sender, media, sequenceNumbers };
}

function parseFir(block: Buffer, sender: number): RtcpBlock | undefined {
  const entries = (block.length - feedbackHeaderBytes) / 8;
  if (entries === 0 || !Number.isInteger(entries)) return undefined;
  const requests = Array.from({ length: Math.min(entries, mostRequests) }, (_, index) => ({
    ssrc: block.readUInt32BE(feedbackHeaderBytes + 8 * index),
    number: block.readUInt8(feedbackHeaderBytes + 8 * index + 4),
  }));
  return { type: 'fir', sender, requests };
}

function parseApplication(block: Buffer, sender: number): RtcpBlock | 'skipped' | undefined {
  if (block.length < 16 || block.readUInt32BE(12) !== rembIdentifier) return 'skipped';
  if (block.length < 20) return undefined;
  const count = block.readUInt8(16);
  if (20 + 4 * count > block.length) return undefined;
  const rate = block.readUIntBE(17, 3);
  return {
    type: 'remb',
    sender,
    bitsPerSecond: (rate & 0x3ffff) * 2 ** (rate >> 18),
    ssrcs: Array.from({ length: count }, (_, index) => block.readUInt32BE(20 + 4 * index)),
  };
}
