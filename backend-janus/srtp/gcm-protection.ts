import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { DirectionKeys, SessionKeys } from './key-derivation.ts';
import { encryptedFlag, rtcpHeaderBytes, rtcpWordBytes, type PacketProtection } from './packet-protection.ts';

const tagBytes = 16;
const tagOption = { authTagLength: tagBytes };
const nothing = Buffer.alloc(0);

/** AEAD_AES_128_GCM (RFC 7714). node:crypto wants one cipher object per packet; keys and IV buffers are kept. */
export class GcmProtection implements PacketProtection {
  readonly rtpTagBytes = tagBytes;
  readonly rtcpTrailerBytes = tagBytes + rtcpWordBytes;
  readonly rtcpWordFromEnd = rtcpWordBytes;
  readonly #rtp: GcmKey;
  readonly #rtcp: GcmKey;
  /** RFC 7714 section 9.2: the header and, although it stands at the end, the index word. */
  readonly #rtcpAad = Buffer.alloc(rtcpHeaderBytes + rtcpWordBytes);
  /** What the last authentic packet says. */
  #plain: Buffer = nothing;

  constructor(keys: DirectionKeys) {
    this.#rtp = new GcmKey(keys.rtp);
    this.#rtcp = new GcmKey(keys.rtcp);
  }

  sealRtp(out: Buffer, headerBytes: number, end: number, ssrc: number, index: number): number {
    return this.#rtp.seal(out, headerBytes, end, out.subarray(0, headerBytes), this.#rtp.iv(ssrc, index));
  }

  sealRtcp(out: Buffer, end: number, ssrc: number, index: number): number {
    const word = index + encryptedFlag;
    const aad = this.#aadOfRtcp(out, word);
    const sealed = this.#rtcp.seal(out, rtcpHeaderBytes, end, aad, this.#rtcp.iv(ssrc, index));
    return out.writeUInt32BE(word, sealed);
  }

  isAuthenticRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): boolean {
    const aad = packet.subarray(0, headerBytes);
    const plain = this.#rtp.open(packet.subarray(headerBytes), aad, this.#rtp.iv(ssrc, index));
    this.#plain = plain ?? nothing;
    return plain !== undefined;
  }

  isAuthenticRtcp(packet: Buffer, ssrc: number, index: number): boolean {
    const sealed = packet.subarray(rtcpHeaderBytes, packet.length - rtcpWordBytes);
    const aad = this.#aadOfRtcp(packet, packet.readUInt32BE(packet.length - rtcpWordBytes));
    const plain = this.#rtcp.open(sealed, aad, this.#rtcp.iv(ssrc, index));
    this.#plain = plain ?? nothing;
    return plain !== undefined;
  }

  decryptRtp(packet: Buffer, headerBytes: number): number {
    return headerBytes + this.#plain.copy(packet, headerBytes);
  }

  decryptRtcp(packet: Buffer): number {
    return rtcpHeaderBytes + this.#plain.copy(packet, rtcpHeaderBytes);
  }

  #aadOfRtcp(packet: Buffer, word: number): Buffer {
    packet.copy(this.#rtcpAad, 0, 0, rtcpHeaderBytes);
    this.#rtcpAad.writeUInt32BE(word, rtcpHeaderBytes);
    return this.#rtcpAad;
  }
}

/** One session key with its salt, for GCM. */
class GcmKey {
  readonly #key: KeyObject;
  readonly #iv: Buffer;
  readonly #saltOfSsrc: number;
  readonly #saltOfIndexHigh: number;
  readonly #saltOfIndexLow: number;

  constructor({ encryption, salt }: SessionKeys) {
    this.#key = createSecretKey(encryption);
    this.#iv = Buffer.from(salt);
    this.#saltOfSsrc = salt.readUInt32BE(2);
    this.#saltOfIndexHigh = salt.readUInt32BE(6);
    this.#saltOfIndexLow = salt.readUInt16BE(10);
  }

  /** RFC 7714 sections 8.1, 9.1. The buffer is valid until the next call. */
  iv(ssrc: number, index: number): Buffer {
    const high = Math.floor(index / 0x10000);
    this.#iv.writeUInt32BE((this.#saltOfSsrc ^ ssrc) >>> 0, 2);
    this.#iv.writeUInt32BE((this.#saltOfIndexHigh ^ high) >>> 0, 6);
    this.#iv.writeUInt16BE(this.#saltOfIndexLow ^ (index & 0xffff), 10);
    return this.#iv;
  }

  seal(out: Buffer, from: number, end: number, aad: Buffer, iv: Buffer): number {
    const cipher = createCipheriv('aes-128-gcm', this.#key, iv, tagOption);
    cipher.setAAD(aad);
    cipher.update(out.subarray(from, end)).copy(out, from);
    cipher.final();
    return end + cipher.getAuthTag().copy(out, end);
  }

  /** The plain text of ciphertext and tag; undefined if not authentic. */
  open(sealed: Buffer, aad: Buffer, iv: Buffer): Buffer | undefined {
    const end = sealed.length - tagBytes;
    const decipher = createDecipheriv('aes-128-gcm', this.#key, iv, tagOption);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
      return plain;
    } catch {
      // The only way node:crypto has to say that the tag is wrong.
      return undefined;
    }
  }
}
