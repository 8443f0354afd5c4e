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
  /** Protects the plain packet in the first `end` bytes of `out`; returns its new length. */
  sealRtp(out: Buffer, headerBytes: number, end: number, ssrc: number, index: number): number;
  sealRtcp(out: Buffer, end: number, ssrc: number, index: number): number;
  /** True if nobody changed the packet, which is left as it is. */
  isAuthenticRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): boolean;
  isAuthenticRtcp(packet: Buffer, ssrc: number, index: number): boolean;
  /** Decrypts in place what the call of `isAuthenticRtp` just before this one accepted; returns the plain length. */
  decryptRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): number;
  decryptRtcp(packet: Buffer, ssrc: number, index: number): number;
}

/** RFC 3550 section 6.4.1: the first header and the sender's SSRC stay in clear. */
export const rtcpHeaderBytes = 8;

/** RFC 3711 section 3.4: the E flag before the 31 bits of the SRTCP index. */
export const rtcpWordBytes = 4;

/** The E flag: the packet is encrypted. */
export const encryptedFlag = 0x80000000;
