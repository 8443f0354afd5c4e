import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countersOf, ratesBetween } from '../../../../services/console/browser/media/counters.ts';
import { factsOf, rowsOf } from '../../../../services/console/browser/media/rows.ts';

const reports = [
  { id: 'C1', type: 'codec', mimeType: 'audio/opus' },
  { id: 'C2', type: 'codec', mimeType: 'video/VP8' },
  { id: 'OA', type: 'outbound-rtp', kind: 'audio', codecId: 'C1', packetsSent: 50, bytesSent: 4000 },
  { id: 'SA', type: 'media-source', kind: 'audio', audioLevel: 0.1 },
  { id: 'RA', type: 'remote-inbound-rtp', kind: 'audio', packetsLost: 2, jitter: 0.003 },
  {
    id: 'IA',
    type: 'inbound-rtp',
    kind: 'audio',
    packetsReceived: 48,
    bytesReceived: 3900,
    audioLevel: 0.00001,
  },
  {
    id: 'OV',
    type: 'outbound-rtp',
    kind: 'video',
    codecId: 'C2',
    packetsSent: 100,
    bytesSent: 100_000,
    framesEncoded: 25,
    frameWidth: 640,
    frameHeight: 360,
    framesPerSecond: 24.6,
  },
  {
    id: 'IV',
    type: 'inbound-rtp',
    kind: 'video',
    codecId: 'C2',
    packetsReceived: 99,
    framesDecoded: 24,
    packetsLost: 0,
  },
  { id: 'D', type: 'data-channel', messagesSent: 3, messagesReceived: 2, bytesSent: 30, bytesReceived: 20 },
  {
    id: 'T',
    type: 'transport',
    selectedCandidatePairId: 'P',
    bytesSent: 110_000,
    dtlsCipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    srtpCipher: 'SRTP_AEAD_AES_128_GCM',
    tlsVersion: 'FEFD',
  },
  { id: 'P0', type: 'candidate-pair', currentRoundTripTime: 9 },
  {
    id: 'P',
    type: 'candidate-pair',
    currentRoundTripTime: 0.0021,
    localCandidateId: 'L',
    remoteCandidateId: 'R',
  },
  { id: 'L', type: 'local-candidate', address: 'fd00::2', port: 5000, protocol: 'udp' },
  { id: 'R', type: 'remote-candidate', address: '127.0.0.1', port: 10_000, protocol: 'udp' },
];

test('a report becomes the counters of both directions, with times in milliseconds', () => {
  const { audio, video, data, path } = countersOf(reports, 1000);

  assert.deepEqual(audio.sent, { packets: 50, bytes: 4000, lost: 2, jitterMs: 3, level: 0.1, codec: 'opus' });
  assert.deepEqual(audio.received, { packets: 48, bytes: 3900, level: 0.00001 });
  assert.equal(video.sent.frames, 25);
  assert.deepEqual(video.received, { packets: 99, bytes: 0, lost: 0, frames: 24, codec: 'VP8' });
  assert.equal(data.messagesReceived, 2);
  assert.equal(path.roundTripMs, 2.1);
  assert.equal(path.local, '[fd00::2]:5000 udp');
  assert.equal(path.remote, '127.0.0.1:10000 udp');
});

test('a report of nothing, or of nonsense, counts as nothing', () => {
  for (const values of [
    [],
    [null, 1, 'x', [], {}],
    [{ id: 3, type: 'inbound-rtp', kind: 'audio', packetsReceived: 'many' }],
  ])
    assert.deepEqual(countersOf(values, 0).audio.received, { packets: 0, bytes: 0 });
});

test('rates are bits per second between two moments, never below zero', () => {
  const before = countersOf([{ id: 'a', type: 'outbound-rtp', kind: 'video', bytesSent: 1000 }], 1000);
  const after = countersOf([{ id: 'a', type: 'outbound-rtp', kind: 'video', bytesSent: 126_000 }], 2000);

  assert.equal(ratesBetween(before, after).videoSent, 1_000_000);
  assert.equal(ratesBetween(after, before).videoSent, 0);
  assert.equal(ratesBetween(after, { ...before, atMs: 3000 }).videoSent, 0);
  assert.equal(ratesBetween(before, after).audioReceived, 0);
});

test('the table names what it shows and has the same rows whatever is known', () => {
  const rates = { audioSent: 32_000, audioReceived: 0, videoSent: 1_250_000, videoReceived: 0 };
  const full = rowsOf(countersOf(reports, 0), rates);
  const bare = rowsOf(countersOf([], 0), rates);
  const labels = (groups: typeof full): unknown => groups.map(({ rows }) => rows.map(({ label }) => label));

  assert.deepEqual(labels(full), labels(bare));
  assert.deepEqual(
    full
      .flatMap(({ rows }) => rows)
      .filter(({ label }) => ['Level', 'Resolution', 'Bitrate'].includes(label)),
    [
      { label: 'Bitrate', sent: '32 kbit/s', received: '0 bit/s' },
      { label: 'Level', sent: '-20 dBFS', received: 'silent' },
      { label: 'Resolution', sent: '640×360', received: '–' },
      { label: 'Bitrate', sent: '1.25 Mbit/s', received: '0 bit/s' },
    ],
  );
});

test('the facts of the path name cipher and version', () => {
  const facts = factsOf(countersOf(reports, 0).path);

  assert.deepEqual(
    facts.map(({ text }) => text),
    [
      '2.1 ms',
      '–',
      '1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'AEAD_AES_128_GCM',
      '[fd00::2]:5000 udp',
      '127.0.0.1:10000 udp',
    ],
  );
});
