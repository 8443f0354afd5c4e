import type { OutboundSrtpContext, SrtpKeys, SrtpProfile } from '#janus/media';
import { SeededRandom } from './seeded-random.ts';

/** Fields of a packet made for a test; all have defaults. */
export interface RtpFields {
  readonly sequenceNumber?: number;
  readonly ssrc?: number;
  readonly csrcs?: number;
  /** 32-bit words of a header extension; absent for none. */
  readonly extensionWords?: number | undefined;
  readonly payload?: Uint8Array;
}

/** An RTP packet in clear. */
export function rtpPacket(fields: RtpFields = {}): Buffer {
  const { sequenceNumber = 1, ssrc = 0xcafebabe, csrcs = 0, extensionWords } = fields;
  const header = Buffer.alloc(12 + 4 * csrcs);
  header.writeUInt8(0x80 | csrcs | (extensionWords === undefined ? 0 : 0x10), 0);
  header.writeUInt8(96, 1);
  header.writeUInt16BE(sequenceNumber, 2);
  header.writeUInt32BE(ssrc, 8);
  const extension = Buffer.alloc(extensionWords === undefined ? 0 : 4 + 4 * extensionWords);
  if (extensionWords !== undefined) extension.writeUInt32BE(0xbede0000 + extensionWords, 0);
  return Buffer.concat([header, extension, fields.payload ?? Buffer.from('a little media')]);
}

/** An RTCP receiver report with `body` after its SSRC. */
export function rtcpPacket(body: Uint8Array = Buffer.from('report'), ssrc = 0xcafebabe): Buffer {
  const header = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(ssrc, 4);
  return Buffer.concat([header, body]);
}

/** Keys that repeat: the same seed gives the same ones. */
export function srtpKeys(profile: SrtpProfile, seed = 1): SrtpKeys {
  const random = new SeededRandom(seed);
  const masterKey = Buffer.from(random.bytes(16));
  return {
    profile,
    masterKey,
    masterSalt: Buffer.from(random.bytes(profile === 'AEAD_AES_128_GCM' ? 12 : 14)),
  };
}

/** Protects a whole packet into memory of its own. */
export function protectRtp(outbound: OutboundSrtpContext, packet: Buffer): Buffer {
  const out = Buffer.alloc(packet.length + outbound.overhead);
  return out.subarray(0, outbound.protectRtp(packet, packet.length, packet, packet.length, out));
}
