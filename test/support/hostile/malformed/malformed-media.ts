import type { Random } from '#services/kernel';
import { rtpBytes } from '../../rtp-stream.ts';
import { extensionIds, streams } from '../hostile-offer.ts';
import { pictureLoss, senderReport } from '../media-packets.ts';
import { below, mutated, oneOf } from './byte-mutator.ts';

const { audio, video } = streams;

/** Streams of the peer, their retransmissions, and a few that nobody announced. */
const ssrcs = [audio.ssrc, video.ssrc, video.ssrc, video.ssrc, video.rtxSsrc, 0, 1, 2, 3, 0xffffffff];
const payloadTypes = [
  audio.payloadType,
  video.payloadType,
  video.payloadType,
  video.rtxPayloadType,
  0,
  35,
  127,
];

/** A packet whose header is one, so that it can be protected, while all that follows may be anything. */
export function rtpWithin(random: Random, sequenceNumber: number): Buffer {
  const packet = rtpBytes({
    payloadType: oneOf(random, payloadTypes),
    ssrc: oneOf(random, ssrcs),
    sequenceNumber,
    timestamp: random.uint32(),
    marker: below(random, 2) === 0,
    extensions: { [extensionIds.mid]: [0x30 + below(random, 4)] },
    payload: [...random.bytes(below(random, 60))],
  });
  const extended = below(random, 3) === 0 ? withExtension(random, packet) : packet;
  if (below(random, 3) === 0) extended.writeUInt8(extended.readUInt8(0) | 0x20, 0);
  return extended;
}

/** With elements of any id and length, in the one-byte, the two-byte or no known form (RFC 8285). */
function withExtension(random: Random, packet: Buffer): Buffer {
  const words = below(random, 40);
  const block = Buffer.concat([Buffer.alloc(4), random.bytes(4 * words)]);
  block.writeUInt16BE(oneOf(random, [0xbede, 0xbede, 0x1000, 0x100f, 0x2222]), 0);
  block.writeUInt16BE(words, 2);
  const head = Buffer.from(packet.subarray(0, 12));
  head.writeUInt8(0x90, 0);
  return Buffer.concat([head, block, packet.subarray(20)]);
}

/** A damaged packet, as it is or as if it were protected. */
export function malformedRtp(random: Random, number: number): Buffer {
  const packet = rtpWithin(random, number & 0xffff);
  const tagged = below(random, 2) === 0 ? packet : Buffer.concat([packet, random.bytes(16)]);
  const damaged = mutated(random, tagged);
  // Whatever else it is, it is taken for RTP.
  damaged[0] = 0x80 | ((damaged[0] ?? 0) & 0x3f);
  return damaged;
}

/** A compound packet with a sound first header and anything behind it. */
export function rtcpWithin(random: Random): Buffer {
  const blocks = Array.from({ length: 1 + below(random, 6) }, () => block(random));
  const whole = Buffer.concat(blocks);
  const damaged = below(random, 4) === 0 ? whole : mutated(random, whole);
  const packet = damaged.length < 8 ? Buffer.concat([damaged, Buffer.alloc(8)]) : Buffer.from(damaged);
  packet[0] = 0x80 | ((packet[0] ?? 0) & 0x3f);
  return packet.subarray(0, 1400);
}

/** One RTCP packet: reports, SDES, APP, feedback of every format (RFC 3550, RFC 4585, RFC 5104); seldom a BYE. */
function block(random: Random): Buffer {
  const way = below(random, 8);
  if (way === 0) return senderReport(random.uint32() & 0xffff);
  if (way === 1) return pictureLoss(random.uint32());
  const words = below(random, 60);
  const type = oneOf(random, [
    200,
    201,
    202,
    204,
    205,
    205,
    205,
    206,
    206,
    207,
    below(random, 100) === 0 ? 203 : 201,
  ]);
  const bytes = Buffer.concat([Buffer.alloc(4), random.bytes(4 * words)]);
  bytes.writeUInt8(0x80 | oneOf(random, [0, 1, 4, 15, 31, below(random, 32)]), 0);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(words, 2);
  if (words > 4 && below(random, 3) === 0) bytes.write('REMB', 12, 'latin1');
  return bytes;
}

/** A damaged packet, as it is or as if it were protected. */
export function malformedRtcp(random: Random): Buffer {
  const trailer = Buffer.concat([random.bytes(16), Buffer.from([0x80, 0, 0, below(random, 255)])]);
  const packet = rtcpWithin(random);
  const damaged = mutated(random, below(random, 2) === 0 ? packet : Buffer.concat([packet, trailer]));
  damaged[0] = 0x80 | ((damaged[0] ?? 0) & 0x3f);
  if (damaged.length > 1) damaged[1] = 192 + ((damaged[1] ?? 0) & 31);
  return damaged;
}
