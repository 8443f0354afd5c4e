const version = 2;
const fixedHeaderBytes = 12;

/** What `rtpHeaderBytes` and `rtcpEnd` answer when the bytes are no packet. */
export const notAPacket = -1;

/**
 * The size of an RTP header, CSRCs and extension included, of which nothing may reach past `end`; `notAPacket`
 * otherwise. @see RFC 3550 section 5.1
 */
export function rtpHeaderBytes(packet: Buffer, end: number): number {
  if (end < fixedHeaderBytes || end > packet.length) return notAPacket;
  const first = packet.readUInt8(0);
  if (first >> 6 !== version) return notAPacket;
  let header = fixedHeaderBytes + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (header + 4 > end) return notAPacket;
    header += 4 + 4 * packet.readUInt16BE(header + 2);
  }
  return header > end ? notAPacket : header;
}

/** True if the first `end` bytes may be RTCP: a header of version 2 and an SSRC (RFC 3550 section 6.4). */
export function isRtcp(packet: Buffer, end: number): boolean {
  return end >= 8 && end <= packet.length && packet.readUInt8(0) >> 6 === version;
}
