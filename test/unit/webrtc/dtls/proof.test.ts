import assert from 'node:assert/strict';
import { createHash, sign } from 'node:crypto';
import { test } from 'node:test';
import { NegotiationError } from '#janus/media';
import { makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { farCertificate, meet, type FarSocket, type Fate } from './far-end.ts';

const impostor = makeCertificate(0);

function assertRefused(fate: Fate): void {
  assert.deepEqual(fate, { events: ['stream', 'closed dtls_failed'], media: 0, sent: 0, timers: 0 });
}

function withWrongFinished({ cipher }: FarSocket): void {
  cipher.verifyData = () => Buffer.alloc(12, 7);
}

function withShortFinished({ cipher }: FarSocket): void {
  cipher.verifyData = () => Buffer.alloc(0);
}

/** What it says is right, and in clear. */
function withBareFinished({ cipher }: FarSocket): void {
  cipher.encryptPacket = (packet) => {
    packet.recordLayerHeader.epoch = 0;
    return packet;
  };
}

function fingerprint(algorithm: string, hash: string): string {
  const digest = createHash(hash).update(farCertificate.der).digest('hex').toUpperCase();
  return `${algorithm} ${digest.match(/../g)?.join(':') ?? ''}`;
}

for (const role of ['client', 'server'] as const) {
  test(`an honest ${role} connects, and its media arrives`, async () => {
    const { events, media, timers } = await meet({ role });

    assert.deepEqual(events.slice(0, 2), ['stream', 'connected']);
    assert.equal(media, 1);
    assert.equal(timers, 0);
  });
}

test('SEC-01 a CertificateVerify that the key of the certificate did not make: dtls_failed, no media', async () => {
  assertRefused(
    await meet({
      role: 'client',
      spoil: ({ cipher }) => (cipher.signatureData = (data, hash) => sign(hash, data, impostor.key)),
    }),
  );
});

test('SEC-01 a CertificateVerify of another handshake: dtls_failed, no media', async () => {
  assertRefused(
    await meet({
      role: 'client',
      spoil: ({ cipher }) =>
        (cipher.signatureData = (data, hash) => sign(hash, data.subarray(1), farCertificate.key)),
    }),
  );
});

test('SEC-01 a CertificateVerify of random bytes, or of none: dtls_failed, no media', async () => {
  for (const bytes of [Buffer.alloc(71, 0x5a), Buffer.alloc(0)])
    assertRefused(
      await meet({ role: 'client', spoil: ({ cipher }) => (cipher.signatureData = () => bytes) }),
    );
});

test('SEC-02 a wrong Finished of a client: dtls_failed, no media', async () => {
  assertRefused(await meet({ role: 'client', spoil: withWrongFinished }));
  assertRefused(await meet({ role: 'client', spoil: withShortFinished }));
});

test('SEC-02 an unprotected Finished of a client: dtls_failed, no media', async () => {
  assertRefused(await meet({ role: 'client', spoil: withBareFinished }));
});

test('SEC-03 a wrong Finished of a server: dtls_failed, no media', async () => {
  assertRefused(await meet({ role: 'server', spoil: withWrongFinished }));
  assertRefused(await meet({ role: 'server', spoil: withShortFinished }));
});

test('SEC-03 an unprotected Finished of a server: dtls_failed, no media', async () => {
  assertRefused(await meet({ role: 'server', spoil: withBareFinished }));
});

test('SEC-04 a key exchange that the key of the certificate did not sign: dtls_failed, no media', async () => {
  for (const forge of [
    () => sign('sha256', Buffer.from('another handshake'), farCertificate.key),
    () => sign('sha256', Buffer.from('another key'), impostor.key),
    () => Buffer.alloc(71, 0x5a),
    () => Buffer.alloc(0),
  ])
    assertRefused(
      await meet({ role: 'server', spoil: ({ cipher }) => (cipher.generateKeySignature = forge) }),
    );
});

test('SEC-04 a certificate that the SDP does not name: dtls_failed, no media', async () => {
  const other = `sha-256 ${impostor.fingerprint.value}`;
  assertRefused(await meet({ role: 'client', fingerprint: other }));
  assertRefused(await meet({ role: 'server', fingerprint: other }));
});

test('SEC-04 a fingerprint of md5 or sha-1 alone is no fingerprint, a longer one than sha-256 is', async () => {
  for (const [algorithm, hash] of [
    ['md5', 'md5'],
    ['sha-1', 'sha1'],
  ] as const)
    await assert.rejects(
      meet({ role: 'client', fingerprint: fingerprint(algorithm, hash) }),
      NegotiationError,
    );

  const { events } = await meet({ role: 'client', fingerprint: fingerprint('sha-512', 'sha512') });
  assert.equal(events[1], 'connected');
});
