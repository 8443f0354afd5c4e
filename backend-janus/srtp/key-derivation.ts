import { createCipheriv } from 'node:crypto';
import type { SrtpKeys, SrtpProfile } from '#janus/media';

/** What protects the packets of one protocol in one direction. GCM makes no use of `authentication`. */
export interface SessionKeys {
  readonly encryption: Buffer;
  readonly salt: Buffer;
  readonly authentication: Buffer;
}

/** The session keys of one direction: one set for SRTP, one for SRTCP. */
export interface DirectionKeys {
  readonly rtp: SessionKeys;
  readonly rtcp: SessionKeys;
}

const masterKeyBytes = 16;
const authenticationKeyBytes = 20;

/** RFC 7714 section 12 and RFC 3711 section 8.2. */
const saltBytes: Readonly<Record<SrtpProfile, number>> = {
  AEAD_AES_128_GCM: 12,
  AES_CM_128_HMAC_SHA1_80: 14,
};

/** RFC 3711 section 4.3.2: labels of SRTP; those of SRTCP are three higher. */
const label = { encryption: 0, authentication: 1, salt: 2, firstOfRtcp: 3 };

/**
 * Derives the session keys of one direction, with a key derivation rate of zero. Throws RangeError if key or
 * salt has the wrong size.
 * @see RFC 3711 section 4.3, RFC 7714 section 11
 */
export function deriveSessionKeys({ profile, masterKey, masterSalt }: SrtpKeys): DirectionKeys {
  const salt = saltBytes[profile];
  if (masterKey.length !== masterKeyBytes) throw new RangeError('an SRTP master key has 16 bytes');
  if (masterSalt.length !== salt) throw new RangeError(`a master salt of ${profile} has ${salt} bytes`);
  const keys = (first: number): SessionKeys => ({
    encryption: derive(masterKey, masterSalt, first + label.encryption, masterKeyBytes),
    authentication: derive(masterKey, masterSalt, first + label.authentication, authenticationKeyBytes),
    salt: derive(masterKey, masterSalt, first + label.salt, salt),
  });
  return { rtp: keys(0), rtcp: keys(label.firstOfRtcp) };
}

/** RFC 3711 section 4.3.3: AES in counter mode; a shorter salt is filled up with zeros at its end (RFC 7714 section 11). */
function derive(masterKey: Buffer, masterSalt: Buffer, keyLabel: number, size: number): Buffer {
  const counter = Buffer.alloc(16);
  masterSalt.copy(counter);
  counter.writeUInt8(counter.readUInt8(7) ^ keyLabel, 7);
  return createCipheriv('aes-128-ctr', masterKey, counter).update(Buffer.alloc(size));
}
