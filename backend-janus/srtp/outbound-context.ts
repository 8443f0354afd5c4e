import { refusal, type OutboundSrtpContext } from '#janus/media';
import { isRtcp, notAPacket, rtpHeaderBytes } from './packet-bounds.ts';
import { encryptedFlag, type PacketProtection, type PlainRtp } from './protection/packet-protection.ts';
import { SsrcWindows } from './ssrc-windows.ts';

/** More streams than one connection may have m-lines, each with layers and retransmissions. */
const mostSsrcs = 1024;

const nothing = Buffer.alloc(0);

/**
 * Encrypts what we send (RFC 3711 section 3.3).
 *
 * Answers `refusal.replayed` for an index that was used or is too old to tell: a second packet under the same
 * GCM nonce gives the authentication key away (RFC 7714 section 8.4). Retransmissions have an SSRC of their own
 * (RFC 4588), or send the protected bytes again. Nothing is written to `out` when a packet is refused.
 */
export class OutboundContext implements OutboundSrtpContext {
  readonly overhead: number;
  readonly #protection: PacketProtection;
  readonly #rtp = new SsrcWindows(mostSsrcs);
  /** One for all calls, so that a packet allocates none. */
  readonly #plain: PlainRtp;
  #nextRtcpIndex = 0;

  constructor(protection: PacketProtection) {
    this.#protection = protection;
    this.#plain = { head: nothing, headBytes: 0, headerBytes: 0, packet: nothing, skip: 0 };
    this.overhead = Math.max(protection.rtpTagBytes, protection.rtcpTrailerBytes);
  }

  protectRtp(head: Buffer, headBytes: number, packet: Buffer, skip: number, out: Buffer): number {
    const end = headBytes + packet.length - skip;
    const headerBytes = rtpHeaderBytes(head, headBytes);
    if (headerBytes === notAPacket || end < headBytes) return refusal.malformed;
    if (out.length < end + this.overhead) return refusal.malformed;
    const ssrc = head.readInt32BE(8);
    const window = this.#rtp.find(ssrc);
    if (window === undefined) return refusal.tooManySsrcs;
    const index = window.indexOf(head.readUInt16BE(2));
    if (!window.isFresh(index)) return refusal.replayed;
    window.add(index);
    this.#rtp.keep(ssrc, window);
    const plain = this.#plain;
    plain.head = head;
    plain.headBytes = headBytes;
    plain.headerBytes = headerBytes;
    plain.packet = packet;
    plain.skip = skip;
    return this.#protection.sealRtp(plain, out, ssrc, index);
  }

  /** One count serves all SSRCs; RFC 3711 section 3.4 asks only that it grows. */
  protectRtcp(packet: Buffer, out: Buffer): number {
    const end = packet.length;
    if (!isRtcp(packet, end) || out.length < end + this.overhead) return refusal.malformed;
    if (this.#nextRtcpIndex >= encryptedFlag) return refusal.replayed;
    const index = this.#nextRtcpIndex;
    this.#nextRtcpIndex += 1;
    packet.copy(out);
    return this.#protection.sealRtcp(out, end, packet.readInt32BE(4), index);
  }
}
