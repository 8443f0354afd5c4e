import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { systemRandom } from '#services/kernel';

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
const okp = { kty: 'OKP', crv: 'X25519' } as const;

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

/**
 * Any 32 random bytes are a private key (RFC 7748 section 5). Keys go through JWK (RFC 8037 section 2): OpenSSL takes
 * much longer to read and write DER.
 *
 * Not `generateKeyPairSync`: Node 20 holds a lock of the key while it exports it, and takes the same lock when it
 * collects what generated it. A collection in between stops the process for good.
 */
function x25519(): KeyPair {
  // Keys are never to be foreseen, whatever randomness the rest was given.
  const d = Buffer.from(systemRandom.bytes(x25519Bytes)).toString('base64url');
  // Node wants an x, and computes its own.
  const privateKey = createPrivateKey({ key: { ...okp, d, x: '' }, format: 'jwk' });
  const agree = (theirs: Buffer): Buffer => {
    if (theirs.length !== x25519Bytes) throw new RangeError('a malformed X25519 key');
    const key = { ...okp, x: theirs.toString('base64url') };
    // A point of small order makes no secret: OpenSSL refuses it (RFC 7748 section 6.1).
    return diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: 'jwk' }) });
  };
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const own = Buffer.from(x, 'base64url');
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
