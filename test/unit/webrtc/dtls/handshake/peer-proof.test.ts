import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { makeCertificate } from '../../../../../backend-janus/webrtc/dtls/certificate.ts';
import { PeerRefused } from '../../../../../backend-janus/webrtc/dtls/handshake/message.ts';
import {
  certifiedKey,
  checkCertificateVerify,
  checkFinished,
} from '../../../../../backend-janus/webrtc/dtls/handshake/peer-proof.ts';
import { selfSigned } from '../../../../../backend-janus/webrtc/dtls/self-signed.ts';

const { der, key, fingerprint } = makeCertificate(0);
const transcript = Buffer.from('all that was said');

/** A Certificate message with these certificates. */
function listOf(...certificates: readonly Buffer[]): Buffer {
  const entries = Buffer.concat(certificates.flatMap((one) => [uint24(one.length), one]));
  return Buffer.concat([uint24(entries.length), entries]);
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}

function hashOf(certificate: Buffer, algorithm: string): string {
  return createHash(algorithm)
    .update(certificate)
    .digest('hex')
    .replace(/..(?!$)/g, '$&:');
}

function verifyMessage(scheme: number, signature: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(scheme, 0);
  head.writeUInt16BE(signature.length, 2);
  return Buffer.concat([head, signature]);
}

/** A certificate of an RSA key, whose own signature is not looked at. */
function rsa(bits: number): { readonly der: Buffer; readonly key: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return { der: selfSigned(publicKey, key, 0, 1e12), key: privateKey };
}

function named(certificate: Buffer): { algorithm: string; value: string }[] {
  return [{ algorithm: 'sha-256', value: hashOf(certificate, 'sha256') }];
}

test('the certificate must fit one of the fingerprints, of sha-256, sha-384 or sha-512', () => {
  for (const [algorithm, hash] of [
    ['sha-256', 'sha256'],
    ['sha-384', 'sha384'],
    ['sha-512', 'sha512'],
  ] as const) {
    const right = { algorithm, value: hashOf(der, hash) };
    const wrong = { algorithm, value: hashOf(der.subarray(1), hash) };

    assert.equal(certifiedKey(listOf(der), [wrong, right]).asymmetricKeyType, 'ec');
    assert.throws(() => certifiedKey(listOf(der), [wrong]), PeerRefused);
  }
});

test('a fingerprint of md5 or sha-1, one of no known hash, and none at all fit no certificate', () => {
  for (const [algorithm, hash] of [
    ['md5', 'md5'],
    ['sha-1', 'sha1'],
    ['sha-224', 'sha224'],
  ] as const)
    assert.throws(() => certifiedKey(listOf(der), [{ algorithm, value: hashOf(der, hash) }]), PeerRefused);
  assert.throws(() => certifiedKey(listOf(der), [{ algorithm: '', value: '' }]), PeerRefused);
  assert.throws(() => certifiedKey(listOf(der), []), PeerRefused);
});

test('only the first certificate counts, and there must be one', () => {
  const other = makeCertificate(0).der;

  assert.throws(() => certifiedKey(listOf(other, der), [fingerprint]), PeerRefused);
  assert.ok(certifiedKey(listOf(der, other), [fingerprint]));
  for (const body of [listOf(), Buffer.alloc(0), Buffer.alloc(6), listOf(der).subarray(0, -1)])
    assert.throws(() => certifiedKey(body, [fingerprint]), PeerRefused);
});

test('what is no certificate is refused even if the SDP names it', () => {
  for (const bytes of [Buffer.from('no certificate'), der.subarray(0, 100), Buffer.alloc(300, 0x30)])
    assert.throws(() => certifiedKey(listOf(bytes), named(bytes)), PeerRefused);
});

test('RSA of 2048 bits proves a peer as well, RSA of 1024 bits does not', () => {
  const strong = rsa(2048);
  const weak = rsa(1024);
  const body = verifyMessage(0x0401, sign('sha256', transcript, strong.key));

  checkCertificateVerify(body, certifiedKey(listOf(strong.der), named(strong.der)), transcript);
  assert.throws(() => certifiedKey(listOf(weak.der), named(weak.der)), PeerRefused);
});

test('a signature must be over the transcript, with the key, of a scheme that fits the key', () => {
  const own = certifiedKey(listOf(der), [fingerprint]);
  const signature = sign('sha256', transcript, key);
  checkCertificateVerify(verifyMessage(0x0403, signature), own, transcript);

  const wrong = [
    verifyMessage(0x0401, signature),
    verifyMessage(0x0203, sign('sha1', transcript, key)),
    verifyMessage(0x0503, sign('sha384', transcript, key)),
    verifyMessage(0x0403, sign('sha384', transcript, key)),
    verifyMessage(0x0403, sign('sha256', transcript.subarray(1), key)),
    verifyMessage(0x0403, Buffer.alloc(0)),
    verifyMessage(0x0403, signature).subarray(0, -1),
    Buffer.concat([verifyMessage(0x0403, signature), Buffer.alloc(1)]),
    Buffer.alloc(3),
    Buffer.alloc(0),
  ];
  for (const body of wrong) assert.throws(() => checkCertificateVerify(body, own, transcript), PeerRefused);
});

test('a Finished must be what it is, to the last byte, and as long', () => {
  const expected = Buffer.from('twelve bytes');
  checkFinished(Buffer.from(expected), expected);

  for (const body of [
    Buffer.alloc(0),
    expected.subarray(1),
    Buffer.alloc(12),
    Buffer.concat([expected, expected]),
  ])
    assert.throws(() => checkFinished(body, expected), PeerRefused);
});
