import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { AesCounterMode } from './aes-counter-mode.ts';
import type { DirectionKeys, SessionKeys } from '../key-derivation.ts';
import {
  copyHead,
  encryptedFlag,
  rtcpHeaderBytes,
  rtcpWordBytes,
  type PacketProtection,
  type PlainRtp,
} from './packet-protection.ts';

/** RFC 3711 section 5.2: 80 of the 160 bits of HMAC-SHA1. */
const tagBytes = 10;

/** RFC 3711 section 4.2: the rollover counter is authenticated with the packet, but not sent. */
const rolloverBytes = 4;

/** AES_CM_128_HMAC_SHA1_80 (RFC 3711). */
export class AesCmProtection implements PacketProtection {
  readonly rtpTagBytes = tagBytes;
  readonly rtcpTrailerBytes = rtcpWordBytes + tagBytes;
  readonly rtcpWordFromEnd = rtcpWordBytes + tagBytes;
  readonly #rtp: AesCmKeys;
  readonly #rtcp: AesCmKeys;
  readonly #claimedTag = Buffer.alloc(tagBytes);

  constructor(keys: DirectionKeys) {
    this.#rtp = new AesCmKeys(keys.rtp);
    this.#rtcp = new AesCmKeys(keys.rtcp);
  }

  sealRtp(plain: PlainRtp, out: Buffer, ssrc: number, index: number): number {
    copyHead(plain, out);
    const end = plain.headBytes + plain.packet.copy(out, plain.headBytes, plain.skip);
    this.#rtp.cipher.apply(out, plain.headerBytes, end, ssrc, index);
    out.writeUInt32BE(Math.floor(index / 0x10000), end);
    return end + this.#rtp.mac(out, end + rolloverBytes).copy(out, end, 0, tagBytes);
  }

  sealRtcp(out: Buffer, end: number, ssrc: number, index: number): number {
    this.#rtcp.cipher.apply(out, rtcpHeaderBytes, end, ssrc, index);
    const signed = out.writeUInt32BE(index + encryptedFlag, end);
    return signed + this.#rtcp.mac(out, signed).copy(out, signed, 0, tagBytes);
  }

  isAuthenticRtp(packet: Buffer, _headerBytes: number, _ssrc: number, index: number): boolean {
    const end = packet.length - tagBytes;
    packet.copy(this.#claimedTag, 0, end);
    // The rollover counter takes the place of the tag for a moment, so that one update feeds the whole input.
    packet.writeUInt32BE(Math.floor(index / 0x10000), end);
    const isAuthentic = this.#isClaimed(this.#rtp.mac(packet, end + rolloverBytes));
    this.#claimedTag.copy(packet, end);
    return isAuthentic;
  }

  isAuthenticRtcp(packet: Buffer): boolean {
    const end = packet.length - tagBytes;
    packet.copy(this.#claimedTag, 0, end);
    return this.#isClaimed(this.#rtcp.mac(packet, end));
  }

  decryptRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): number {
    const end = packet.length - tagBytes;
    this.#rtp.cipher.apply(packet, headerBytes, end, ssrc, index);
    return end;
  }

  decryptRtcp(packet: Buffer, ssrc: number, index: number): number {
    const end = packet.length - this.rtcpTrailerBytes;
    this.#rtcp.cipher.apply(packet, rtcpHeaderBytes, end, ssrc, index);
    return end;
  }

  #isClaimed(mac: Buffer): boolean {
    return timingSafeEqual(mac.subarray(0, tagBytes), this.#claimedTag);
  }
}

/** The session keys of one protocol, ready for use. */
class AesCmKeys {
  readonly cipher: AesCounterMode;
  readonly #authentication: KeyObject;

  constructor({ encryption, salt, authentication }: SessionKeys) {
    this.cipher = new AesCounterMode(encryption, salt);
    this.#authentication = createSecretKey(authentication);
  }

  mac(bytes: Buffer, end: number): Buffer {
    return createHmac('sha1', this.#authentication).update(bytes.subarray(0, end)).digest();
  }
}
