import type { SrtpKeys, SrtpProfile } from '../../srtp.ts';
import { decimal } from '../attributes.ts';
import type { Crypto } from './plain-description.ts';

/** Bytes of a master salt, behind a master key of 16 bytes. */
const saltBytes: Readonly<Record<SrtpProfile, number>> = {
  AES_CM_128_HMAC_SHA1_80: 14,
  AEAD_AES_128_GCM: 12,
};
const keyBytes = 16;

/** The suites of our offers, in order: what every phone has comes first. */
export const cryptoSuites: readonly SrtpProfile[] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

/** RFC 4568 section 9.1: a tag has at most nine digits. */
const highestTag = 999_999_999;

/**
 * Reads the value of `a=crypto`. Undefined for a suite we do not have, more than one key, a master key identifier, or
 * session parameters, all of which change what is on the wire.
 */
export function readCrypto(value: string): Crypto | undefined {
  const [first, suite, parameters = '', ...session] = value.trim().split(/ +/);
  const tag = decimal(first, highestTag);
  const profile = cryptoSuites.find((one) => one === suite);
  const [, inline, rest = ''] = /^inline:([A-Za-z0-9+/]{1,64}={0,2})((?:\|[^;]*)?)$/.exec(parameters) ?? [];
  // A lifetime does no harm, as no call sends so much; `|1:4` is a key identifier in each packet.
  if (tag === undefined || profile === undefined || inline === undefined) return undefined;
  if (session.length > 0 || !/^(?:\|(?:2\^)?\d{1,20})?$/.test(rest)) return undefined;
  const bytes = Buffer.from(inline, 'base64');
  if (bytes.length !== keyBytes + saltBytes[profile]) return undefined;
  return { tag, keys: keysFrom(profile, bytes) };
}

/** The value of `a=crypto`. */
export function printCrypto({ tag, keys }: Crypto): string {
  const inline = Buffer.concat([keys.masterKey, keys.masterSalt]).toString('base64');
  return `${tag} ${keys.profile} inline:${inline}`;
}

/** A key of ours from unpredictable bytes, which `bytes` gives. */
export function makeCrypto(tag: number, profile: SrtpProfile, bytes: (size: number) => Uint8Array): Crypto {
  return { tag, keys: keysFrom(profile, Buffer.from(bytes(keyBytes + saltBytes[profile]))) };
}

function keysFrom(profile: SrtpProfile, bytes: Buffer): SrtpKeys {
  return { profile, masterKey: bytes.subarray(0, keyBytes), masterSalt: bytes.subarray(keyBytes) };
}
