import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Certificates, makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const moment = Date.UTC(2026, 10, 21, 12);

/** Where lengths are not in their shortest form, in what is a tree of DER values. */
function longLengths(der: Buffer, end = der.length, start = 0): number[] {
  const found: number[] = [];
  for (let at = start; at < end;) {
    const first = der.readUInt8(at + 1);
    const bytes = first & 0x7f;
    const length = first < 0x80 ? first : der.readUIntBE(at + 2, bytes);
    const content = at + 2 + (first < 0x80 ? 0 : bytes);
    if (first >= 0x80 && (length < 0x80 || length < 2 ** (8 * (bytes - 1)))) found.push(at);
    if ((der.readUInt8(at) & 0x20) !== 0) found.push(...longLengths(der, content + length, content));
    at = content + length;
  }
  return found;
}

test('a certificate is X.509 that signs itself, and its fingerprint is that of its bytes', () => {
  const { der, key, fingerprint } = makeCertificate(moment);
  const read = new X509Certificate(der);

  assert.ok(read.verify(read.publicKey));
  assert.ok(read.checkPrivateKey(key));
  assert.equal(read.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(read.fingerprint256, fingerprint.value);
  assert.equal(fingerprint.algorithm, 'sha-256');
  assert.equal(
    createHash('sha256').update(der).digest('hex'),
    fingerprint.value.replaceAll(':', '').toLowerCase(),
  );
});

test('a certificate is valid from a day ago for 30 days, also across the year 2050', () => {
  for (const wallTime of [moment, Date.UTC(2049, 11, 20), Date.UTC(2051, 0, 1)]) {
    const { validFrom, validTo } = new X509Certificate(makeCertificate(wallTime).der);

    assert.equal(Date.parse(validFrom), wallTime - dayMs);
    assert.equal(Date.parse(validTo), wallTime + 30 * dayMs);
  }
});

test('every length is in its shortest form, without which BoringSSL refuses the certificate', () => {
  for (let count = 0; count < 20; count += 1) assert.deepEqual(longLengths(makeCertificate(moment).der), []);
});

test('one certificate is given to all connections of a day, then another', () => {
  const clock = new FakeClock();
  const certificates = new Certificates(clock);
  const first = certificates.current;

  clock.advance(23 * hourMs);
  assert.equal(certificates.current, first);
  clock.advance(hourMs);
  const second = certificates.current;

  assert.notEqual(second.fingerprint.value, first.fingerprint.value);
  assert.notEqual(second.der.readUIntBE(15, 6), first.der.readUIntBE(15, 6));
  assert.equal(clock.pending, 0);
});

test('a rotation that would let certificates expire in use is refused', () => {
  for (const rotationMs of [0, -1, NaN, 16 * dayMs])
    assert.throws(() => new Certificates(new FakeClock(), rotationMs), RangeError);
});
