import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';

/** Our half of an ephemeral key agreement. */
export interface PrivateKey {
  /** The shared secret; throws if the peer's key is none of the curve or makes no secret. */
  agree(publicKey: Buffer): Buffer;
}

/** As werift keeps it. */
export interface KeyPair {
  readonly curve: number;
  readonly privateKey: PrivateKey;
  readonly publicKey: Buffer;
}

/** RFC 8422 section 5.1.1. */
const curves = { p256: 23, x25519: 29 } as const;

const x25519Bytes = 32;

/** RFC 8422 section 5.4.1: uncompressed, and nothing else. */
const uncompressed = 4;
const p256Bytes = 65;

/** Takes the place of werift's function, which computes curves in JavaScript. Throws RangeError for other curves. */
export function generateKeyPair(curve: number): KeyPair {
  if (curve === curves.x25519) return x25519();
  if (curve === curves.p256) return p256();
  throw new RangeError('no curve in common');
}

/** Takes the place of werift's function; `privateKey` comes from `generateKeyPair`. */
export function prfPreMasterSecret(publicKey: Buffer, privateKey: PrivateKey): Buffer {
  return privateKey.agree(publicKey);
}

/** Keys go through JWK (RFC 8037 section 2): OpenSSL takes much longer to read and write DER. */
function x25519(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const agree = (theirs: Buffer): Buffer => {
    if (theirs.length !== x25519Bytes) throw new RangeError('a malformed X25519 key');
    const key = { kty: 'OKP', crv: 'X25519', x: theirs.toString('base64url') };
    // A point of small order makes no secret: OpenSSL refuses it (RFC 7748 section 6.1).
    return diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: 'jwk' }) });
  };
  const own = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return { curve: curves.x25519, privateKey: { agree }, publicKey: own };
}

function p256(): KeyPair {
  const ecdh = createECDH('prime256v1');
  const publicKey = ecdh.generateKeys();
  const agree = (theirs: Buffer): Buffer => {
    if (theirs.length !== p256Bytes || theirs[0] !== uncompressed)
      throw new RangeError('a malformed P-256 key');
    return ecdh.computeSecret(theirs);
  };
  return { curve: curves.p256, privateKey: { agree }, publicKey };
}
