import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AesCounterMode } from '../../../backend-janus/srtp/protection/aes-counter-mode.ts';
import { GcmProtection } from '../../../backend-janus/srtp/protection/gcm-protection.ts';
import { deriveSessionKeys } from '../../../backend-janus/srtp/key-derivation.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** RFC 7714 sections 16 and 17 give session keys. */
const session = {
  encryption: hex('000102030405060708090a0b0c0d0e0f'),
  salt: hex('517569642070726f2071756f'),
  authentication: Buffer.alloc(20),
};

test('session keys are derived as in RFC 3711 appendix B.3', () => {
  const { rtp } = deriveSessionKeys({
    profile: 'AES_CM_128_HMAC_SHA1_80',
    masterKey: hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
    masterSalt: hex('0EC675AD498AFEEBB6960B3AABE6'),
  });

  assert.deepEqual(rtp.encryption, hex('C61E7A93744F39EE10734AFE3FF7A087'));
  assert.deepEqual(rtp.salt, hex('30CBBC08863D8C85D49DB34A9AE1'));
  assert.deepEqual(rtp.authentication, hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
});

test('the keystream is that of RFC 3711 appendix B.2', () => {
  const mode = new AesCounterMode(
    hex('2B7E151628AED2A6ABF7158809CF4F3C'),
    hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'),
  );
  const bytes = Buffer.alloc(48);

  mode.apply(bytes, 0, 48, 0, 0);

  assert.deepEqual(
    bytes,
    hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0'),
  );
});

test('an RTP packet is sealed and opened as in RFC 7714 section 16.1', () => {
  const gcm = new GcmProtection({ rtp: session, rtcp: session });
  const plain = hex(
    '8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573',
  );
  const sealed = hex(
    '8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833' +
      '899d7f27 beb16a91 52cf765e e4390cce',
  );
  const inTwoParts = [12, 20].map((headBytes) => ({
    head: plain.subarray(0, headBytes),
    headBytes,
    headerBytes: 12,
    packet: plain,
    skip: headBytes,
  }));

  for (const parts of inTwoParts) {
    const out = Buffer.alloc(sealed.length);
    assert.equal(gcm.sealRtp(parts, out, 0x5501a0b2, 0xf17b), sealed.length);
    assert.deepEqual(out, sealed);
  }
  assert.equal(gcm.isAuthenticRtp(sealed, 12, 0x5501a0b2, 0xf17b), true);
  assert.equal(gcm.decryptRtp(sealed, 12), plain.length);
  assert.deepEqual(sealed.subarray(0, plain.length), plain);
});

test('an RTCP packet is sealed and opened as in RFC 7714 section 17.1', () => {
  const gcm = new GcmProtection({ rtp: session, rtcp: session });
  const plain = hex(
    '81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef',
  );
  const sealed = hex(
    '81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b' +
      'c84aa458 96cf4d2f c5abf872 45d9eade 800005d4',
  );
  const out = Buffer.concat([plain, Buffer.alloc(20)]);

  assert.equal(gcm.sealRtcp(out, plain.length, 0x4d617273, 0x5d4), sealed.length);
  assert.deepEqual(out, sealed);
  assert.equal(gcm.isAuthenticRtcp(sealed, 0x4d617273, 0x5d4), true);
  assert.equal(gcm.decryptRtcp(sealed), plain.length);
  assert.deepEqual(sealed.subarray(0, plain.length), plain);
});
