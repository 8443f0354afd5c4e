import { createHash, timingSafeEqual, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { PeerRefused } from './message.ts';

/** A certificate's fingerprint as the SDP names it (RFC 8122 section 5). */
export interface Fingerprint {
  /** `sha-256` or a longer one; a weaker one fits no certificate. */
  readonly algorithm: string;
  /** Hexadecimal bytes with colons. */
  readonly value: string;
}

/** RFC 8122 section 5 forbids what is weaker. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** Key types by signature scheme: SHA-256 with PKCS #1 and with ECDSA, the two that we offer (RFC 5246 section 7.4.1.4.1). */
const schemes: ReadonlyMap<number, string> = new Map([
  [0x0401, 'rsa'],
  [0x0403, 'ec'],
]);

/** RFC 8827 section 6.5 asks for certificates of the strength of P-256; a shorter RSA key is none. */
const leastRsaBits = 2048;

/** Lengths of a list of certificates and of each one (RFC 5246 section 7.4.2). */
const lengthBytes = 3;

/** Curve type and name, and the length of the key (RFC 8422 section 5.4). */
const curveHeaderBytes = 4;

/** Scheme and length of a signature (RFC 5246 section 4.7). */
const signatureHeaderBytes = 4;

/** The key of the certificate in a Certificate message, if it is the one that the SDP names. Throws PeerRefused. */
export function certifiedKey(body: Buffer, fingerprints: readonly Fingerprint[]): KeyObject {
  const certificate = firstCertificate(body);
  if (!fingerprints.some((fingerprint) => fits(fingerprint, certificate)))
    throw new PeerRefused('badCertificate', "the peer's certificate is not the one that its SDP names");
  const key = keyOf(certificate);
  if (key.asymmetricKeyType === 'rsa' && rsaBits(key) < leastRsaBits)
    throw new PeerRefused('badCertificate', "the key of the peer's certificate is too short");
  return key;
}

/** Checks a CertificateVerify over all messages before it (RFC 5246 section 7.4.8). Throws PeerRefused. */
export function checkCertificateVerify(body: Buffer, key: KeyObject, transcript: Buffer): void {
  checkSigned(body, 0, key, transcript);
}

/** Checks that the key agreement was signed for this handshake (RFC 8422 section 5.4). Throws PeerRefused. */
export function checkServerKeyExchange(body: Buffer, key: KeyObject, randoms: readonly Buffer[]): void {
  const at = curveHeaderBytes + (body[curveHeaderBytes - 1] ?? 0);
  if (body[0] !== 3) throw new PeerRefused('illegalParameter', 'the key exchange names no curve');
  checkSigned(body, at, key, Buffer.concat([...randoms, body.subarray(0, at)]));
}

/** Compares a Finished with what it must be, in constant time. Throws PeerRefused. */
export function checkFinished(body: Buffer, expected: Buffer): void {
  if (body.length !== expected.length || !timingSafeEqual(body, expected))
    throw new PeerRefused('decryptError', "the peer's Finished is not of this handshake");
}

function firstCertificate(body: Buffer): Buffer {
  const start = 2 * lengthBytes;
  if (body.length < start || body.readUIntBE(0, lengthBytes) !== body.length - lengthBytes)
    throw new PeerRefused('badCertificate', 'the peer has no certificate');
  const end = start + body.readUIntBE(lengthBytes, lengthBytes);
  if (end > body.length) throw new PeerRefused('decodeError', "the peer's certificate is cut short");
  return body.subarray(start, end);
}

function fits({ algorithm, value }: Fingerprint, certificate: Buffer): boolean {
  const hash = hashes.get(algorithm);
  if (hash === undefined) return false;
  const actual = createHash(hash).update(certificate).digest();
  const expected = Buffer.from(value.replaceAll(':', ''), 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function keyOf(certificate: Buffer): KeyObject {
  try {
    return new X509Certificate(certificate).publicKey;
  } catch {
    // What OpenSSL says of it means nothing to whoever reads our events.
    throw new PeerRefused('badCertificate', "the peer's certificate cannot be read");
  }
}

function rsaBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}

function checkSigned(body: Buffer, at: number, key: KeyObject, signed: Buffer): void {
  const start = at + signatureHeaderBytes;
  if (start > body.length || body.readUInt16BE(at + 2) !== body.length - start)
    throw new PeerRefused('decodeError', 'a signature is cut short');
  const keyType = schemes.get(body.readUInt16BE(at));
  if (keyType === undefined || keyType !== key.asymmetricKeyType)
    throw new PeerRefused('illegalParameter', "the peer's signature is of a kind that we did not ask for");
  if (!verify('sha256', signed, key, body.subarray(start)))
    throw new PeerRefused('decryptError', "the peer's signature is not made with the key of its certificate");
}
