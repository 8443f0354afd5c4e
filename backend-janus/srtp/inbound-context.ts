import { refusal, type InboundSrtpContext } from '#janus/media';
import { isRtcp, notAPacket, rtpHeaderBytes } from './packet-bounds.ts';
import { encryptedFlag, type PacketProtection } from './protection/packet-protection.ts';
import { SsrcWindows } from './ssrc-windows.ts';

/** Audio, video with three layers and their retransmissions need eight; the rest is room for what comes and goes later. */
const mostSsrcs = 256;

/** Authenticates, checks the replay window of the SSRC, decrypts in place (RFC 3711 section 3.3). */
export class InboundContext implements InboundSrtpContext {
  readonly #protection: PacketProtection;
  readonly #rtp = new SsrcWindows(mostSsrcs);
  readonly #rtcp = new SsrcWindows(mostSsrcs);

  constructor(protection: PacketProtection) {
    this.#protection = protection;
  }

  unprotectRtp(packet: Buffer): number {
    const headerBytes = rtpHeaderBytes(packet, packet.length - this.#protection.rtpTagBytes);
    if (headerBytes === notAPacket) return refusal.malformed;
    const ssrc = packet.readInt32BE(8);
    const window = this.#rtp.find(ssrc);
    if (window === undefined) return refusal.tooManySsrcs;
    const index = window.indexOf(packet.readUInt16BE(2));
    if (!this.#protection.isAuthenticRtp(packet, headerBytes, ssrc, index)) return refusal.unauthentic;
    if (!window.isFresh(index)) return refusal.replayed;
    window.add(index);
    this.#rtp.keep(ssrc, window);
    return this.#protection.decryptRtp(packet, headerBytes, ssrc, index);
  }

  unprotectRtcp(packet: Buffer): number {
    if (!isRtcp(packet, packet.length - this.#protection.rtcpTrailerBytes)) return refusal.malformed;
    const word = packet.readUInt32BE(packet.length - this.#protection.rtcpWordFromEnd);
    // The profiles of DTLS-SRTP encrypt SRTCP always (RFC 5764 section 4.1.2), so a clear packet is nobody's.
    if (word < encryptedFlag) return refusal.unauthentic;
    const ssrc = packet.readInt32BE(4);
    const window = this.#rtcp.find(ssrc);
    if (window === undefined) return refusal.tooManySsrcs;
    const index = word - encryptedFlag;
    if (!this.#protection.isAuthenticRtcp(packet, ssrc, index)) return refusal.unauthentic;
    if (!window.isFresh(index)) return refusal.replayed;
    window.add(index);
    this.#rtcp.keep(ssrc, window);
    return this.#protection.decryptRtcp(packet, ssrc, index);
  }
}
