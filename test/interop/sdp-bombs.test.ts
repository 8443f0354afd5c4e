import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NegotiationError, negotiateAnswer, parseSdp, type StreamPlan } from '#janus/media';
import { bombs, head } from '../fixtures/sdp/bombs.ts';
import { localTransport } from '../fixtures/sdp/local-transport.ts';
import { leastMs } from './support/least-ms.ts';

/** What a hostile description may cost (BAD-02). */
const mostMs = 20;

for (const { name, sdp } of bombs) {
  test(`refused within ${mostMs} ms: ${name}`, async () => {
    const took = await leastMs(() => assert.throws(() => parseSdp(sdp), NegotiationError));

    assert.ok(took <= mostMs, `${took.toFixed(1)} ms`);
  });
}

test(`the worst that is accepted is read and answered within ${mostMs} ms`, async (t) => {
  const types = Array.from({ length: 40 }, (_, at) => 96 + (at % 32) - 64 * (at >> 5));
  const credentials = `a=ice-ufrag:abcd\r\na=ice-pwd:${'x'.repeat(22)}\r\na=fingerprint:sha-256 ${'00:'.repeat(31)}00\r\n`;
  const mids = Array.from({ length: 64 }, (_, at) => String(at));
  const sections = mids.map((mid) => {
    const maps = types.slice(0, 26).map((type) => `a=rtpmap:${type} H264/90000\r\n`);
    return `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(' ')}\r\na=mid:${mid}\r\na=rtcp-mux\r\n${maps.join('')}`;
  });
  const sdp = `${head}a=group:BUNDLE ${mids.join(' ')}\r\n${credentials}${sections.join('')}`;
  const plans = mids.map((mid): StreamPlan => ({
    mid,
    kind: 'video',
    direction: 'sendrecv',
    codecs: ['VP8', 'VP9', 'AV1', 'H264'],
  }));

  const took = await leastMs(() => {
    const { media } = negotiateAnswer(parseSdp(sdp), plans, localTransport());
    assert.ok(media.every(({ isRejected }) => !isRejected));
  }, 20);

  t.diagnostic(`${took.toFixed(1)} ms`);
  assert.ok(took <= mostMs, `${took.toFixed(1)} ms of ${sdp.length} bytes`);
});
