import { RtpPacket } from '../rtp-packet.ts';

/** What comes before the media in a retransmission (RFC 4588 section 4). */
const originalNumberBytes = 2;

/**
 * Makes a retransmission the packet that it repeats (RFC 4588 section 4), in place: the header moves over the original
 * sequence number, the payload stays where it is.
 *
 * `packet` is invalid afterwards. Returns undefined if there is no media in it, as in probes of padding alone.
 */
export function restoreRetransmission(
  packet: RtpPacket,
  payloadType: number,
  ssrc: number,
): RtpPacket | undefined {
  const { bytes, payloadStart, payloadEnd } = packet;
  if (payloadEnd - payloadStart < originalNumberBytes) return undefined;
  const sequenceNumber = bytes.readUInt16BE(payloadStart);
  bytes.copyWithin(originalNumberBytes, 0, payloadStart);
  const restored = bytes.subarray(originalNumberBytes);
  restored.writeUInt8((restored.readUInt8(1) & 0x80) | (payloadType & 0x7f), 1);
  restored.writeUInt16BE(sequenceNumber, 2);
  restored.writeUInt32BE(ssrc, 8);
  return RtpPacket.parse(restored);
}
