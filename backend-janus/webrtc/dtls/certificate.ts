import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Clock } from '#services/kernel';
import { selfSigned } from './self-signed.ts';

/** Our side's proof in DTLS: ECDSA on P-256, self-signed, kept in memory only. */
export interface Certificate {
  /** As it is sent. */
  readonly der: Buffer;
  readonly key: KeyObject;
  /** SHA-256 as in `a=fingerprint` (RFC 8122 section 5). */
  readonly fingerprint: { readonly algorithm: string; readonly value: string };
}

const dayMs = 24 * 60 * 60 * 1000;

/** RFC 8827 section 6.5 leaves it to us; browsers use 30 days. */
const lifetimeMs = 30 * dayMs;

/** Clocks of peers may be behind ours. */
const backdatedMs = dayMs;

/** Of a coordinate or a private key (FIPS 186-5); shorter ones are filled up with zeros. */
const p256Bytes = 32;

/** How long one certificate is given to new connections, unless told otherwise. */
export const defaultRotationMs = dayMs;

/** Makes a certificate that is valid for 30 days from a moment of `Clock.wallTime`. */
export function makeCertificate(wallTime: number): Certificate {
  const { publicKey, privateKey } = makeKeys();
  const der = selfSigned(publicKey, privateKey, wallTime - backdatedMs, wallTime + lifetimeMs);
  const digest = createHash('sha256').update(der).digest('hex').toUpperCase();
  const value = digest.replace(/..(?!$)/g, '$&:');
  return { der, key: privateKey, fingerprint: { algorithm: 'sha-256', value } };
}

/** Of P-256, and not by `generateKeyPairSync`, which may stop the process; see `key-agreement.ts`. */
function makeKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  const ecdh = createECDH('prime256v1');
  const point = ecdh.generateKeys();
  const coordinate = (start: number): string => point.toString('base64url', start, start + p256Bytes);
  const key = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + p256Bytes) };
  const d = Buffer.alloc(p256Bytes);
  const secret = ecdh.getPrivateKey();
  secret.copy(d, p256Bytes - secret.length);
  return {
    publicKey: createPublicKey({ key, format: 'jwk' }),
    privateKey: createPrivateKey({ key: { ...key, d: d.toString('base64url') }, format: 'jwk' }),
  };
}

/**
 * The certificate for new connections, made anew when it has been given out for `rotationMs`. A connection keeps
 * the one that it began with, which is gone with the last connection that does.
 */
export class Certificates {
  readonly #clock: Clock;
  readonly #rotationMs: number;
  #current: Certificate | undefined;
  #since = 0;

  /** Throws RangeError if a certificate would expire in use: `rotationMs` is at most half its lifetime of 30 days. */
  constructor(clock: Clock, rotationMs = defaultRotationMs) {
    if (!(rotationMs > 0 && rotationMs <= lifetimeMs / 2))
      throw new RangeError('certificates rotate within 15 days');
    this.#clock = clock;
    this.#rotationMs = rotationMs;
  }

  /** For a connection that begins now. */
  get current(): Certificate {
    const now = this.#clock.now();
    if (this.#current === undefined || now - this.#since >= this.#rotationMs) {
      this.#current = makeCertificate(this.#clock.wallTime());
      this.#since = now;
    }
    return this.#current;
  }
}
