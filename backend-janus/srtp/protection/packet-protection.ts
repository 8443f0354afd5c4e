/**
 * Encrypts and authenticates single packets of one direction; knows no order, no window and no table.
 *
 * `index` is the packet index of RFC 3711: rollover counter and sequence number, 48 bits, or the 31 bits of SRTCP.
 * Lengths are checked by the caller.
 */
export interface PacketProtection {
  readonly rtpTagBytes: number;
  /** Tag and index word. */
  readonly rtcpTrailerBytes: number;
  /** Where the index word of a protected RTCP packet stands, counted from its end. */
  readonly rtcpWordFromEnd: number;
  /** Protects a packet in two parts into `out`, which has room for it; returns its new length. */
  sealRtp(plain: PlainRtp, out: Buffer, ssrc: number, index: number): number;
  /** Protects the plain packet in the first `end` bytes of `out`; returns its new length. */
  sealRtcp(out: Buffer, end: number, ssrc: number, index: number): number;
  /** True if nobody changed the packet, which is left as it is. */
  isAuthenticRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): boolean;
  isAuthenticRtcp(packet: Buffer, ssrc: number, index: number): boolean;
  /** Decrypts in place what the call of `isAuthenticRtp` just before this one accepted; returns the plain length. */
  decryptRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): number;
  decryptRtcp(packet: Buffer, ssrc: number, index: number): number;
}

/**
 * A packet to be sent, in the two parts of `RtpSender.send`: the RTP header and whatever payload stands behind it in
 * `head`, then `packet` from `skip` on.
 */
export interface PlainRtp {
  head: Buffer;
  headBytes: number;
  /** Of `headBytes`, those of the RTP header; they stay in clear. */
  headerBytes: number;
  packet: Buffer;
  skip: number;
}

/** RFC 3550 section 6.4.1: the first header and the sender's SSRC stay in clear. */
export const rtcpHeaderBytes = 8;

/** RFC 3711 section 3.4: the E flag before the 31 bits of the SRTCP index. */
export const rtcpWordBytes = 4;

/** The E flag: the packet is encrypted. */
export const encryptedFlag = 0x80000000;

/** Copies the header, and what of the payload stands in `head`, to the start of `out`. */
export function copyHead({ head, headBytes }: PlainRtp, out: Buffer): void {
  // For so few bytes a loop is quicker than the call that copies.
  for (let at = 0; at < headBytes; at += 1) out[at] = head[at] ?? 0;
}
