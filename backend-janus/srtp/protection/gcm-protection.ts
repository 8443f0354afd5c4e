import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type CipherGCM,
  type KeyObject,
} from 'node:crypto';
import { LastView } from './last-view.ts';
import type { DirectionKeys, SessionKeys } from '../key-derivation.ts';
import {
  copyHead,
  encryptedFlag,
  rtcpHeaderBytes,
  rtcpWordBytes,
  type PacketProtection,
  type PlainRtp,
} from './packet-protection.ts';

const tagBytes = 16;
const tagOption = { authTagLength: tagBytes };
const nothing = Buffer.alloc(0);

/** Shared by all contexts, because one packet goes to many subscribers in a row. */
const payload = new LastView();

/** AEAD_AES_128_GCM (RFC 7714). node:crypto wants one cipher object per packet; keys and IV buffers are kept. */
export class GcmProtection implements PacketProtection {
  readonly rtpTagBytes = tagBytes;
  readonly rtcpTrailerBytes = tagBytes + rtcpWordBytes;
  readonly rtcpWordFromEnd = rtcpWordBytes;
  readonly #rtp: GcmKey;
  readonly #rtcp: GcmKey;
  /** RFC 7714 section 9.2: the header and, although it stands at the end, the index word. */
  readonly #rtcpAad = Buffer.alloc(rtcpHeaderBytes + rtcpWordBytes);
  /** Whoever writes heads keeps to one buffer, whose header seldom changes its size. */
  readonly #header = new LastView();
  /** What the last authentic packet says. */
  #plain: Buffer = nothing;

  constructor(keys: DirectionKeys) {
    this.#rtp = new GcmKey(keys.rtp);
    this.#rtcp = new GcmKey(keys.rtcp);
  }

  sealRtp(plain: PlainRtp, out: Buffer, ssrc: number, index: number): number {
    const { head, headBytes, headerBytes, packet, skip } = plain;
    copyHead(plain, out);
    const cipher = this.#rtp.cipher(this.#header.of(head, 0, headerBytes), ssrc, index);
    if (headBytes > headerBytes) out.set(cipher.update(head.subarray(headerBytes, headBytes)), headerBytes);
    const ciphertext = cipher.update(payload.of(packet, skip, packet.length));
    out.set(ciphertext, headBytes);
    return finish(cipher, out, headBytes + ciphertext.length);
  }

  sealRtcp(out: Buffer, end: number, ssrc: number, index: number): number {
    const word = index + encryptedFlag;
    const aad = this.#aadOfRtcp(out, word);
    const cipher = this.#rtcp.cipher(aad, ssrc, index);
    cipher.update(out.subarray(rtcpHeaderBytes, end)).copy(out, rtcpHeaderBytes);
    return out.writeUInt32BE(word, finish(cipher, out, end));
  }

  isAuthenticRtp(packet: Buffer, headerBytes: number, ssrc: number, index: number): boolean {
    const aad = packet.subarray(0, headerBytes);
    const plain = this.#rtp.open(packet.subarray(headerBytes), aad, ssrc, index);
    this.#plain = plain ?? nothing;
    return plain !== undefined;
  }

  isAuthenticRtcp(packet: Buffer, ssrc: number, index: number): boolean {
    const sealed = packet.subarray(rtcpHeaderBytes, packet.length - rtcpWordBytes);
    const aad = this.#aadOfRtcp(packet, packet.readUInt32BE(packet.length - rtcpWordBytes));
    const plain = this.#rtcp.open(sealed, aad, ssrc, index);
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

  /** A cipher for one packet, with its `aad` set. */
  cipher(aad: Buffer, ssrc: number, index: number): CipherGCM {
    this.#setIv(ssrc, index);
    return createCipheriv('aes-128-gcm', this.#key, this.#iv, tagOption).setAAD(aad);
  }

  /** The plain text of ciphertext and tag; undefined if not authentic. */
  open(sealed: Buffer, aad: Buffer, ssrc: number, index: number): Buffer | undefined {
    const end = sealed.length - tagBytes;
    this.#setIv(ssrc, index);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#iv, tagOption);
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

  /** RFC 7714 sections 8.1, 9.1. */
  #setIv(ssrc: number, index: number): void {
    const high = Math.floor(index / 0x10000);
    this.#iv.writeInt32BE(this.#saltOfSsrc ^ ssrc, 2);
    this.#iv.writeInt32BE(this.#saltOfIndexHigh ^ high, 6);
    this.#iv.writeUInt16BE(this.#saltOfIndexLow ^ (index & 0xffff), 10);
  }
}

/** Writes the tag behind the ciphertext, which ends at `end`; returns where the tag ends. */
function finish(cipher: CipherGCM, out: Buffer, end: number): number {
  cipher.final();
  out.set(cipher.getAuthTag(), end);
  return end + tagBytes;
}
