import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWebRtc, jsepAnswer, jsepOffer } from '../../../backend-janus/adapter/legs/jsep.ts';

const session = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n';
const plain = `${session}m=audio 4000 RTP/AVP 0\r\n`;
const dtls = `${session}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n`;
const oldDtls = `${session}m=audio 9 RTP/SAVPF 0\r\na=fingerprint:sha-256 AB\r\n`;

test('plain RTP that says that it is WebRTC is refused by the field that must say so', () => {
  assert.throws(() => jsepOffer({ sdp: plain }), {
    code: 'invalid_sdp',
    hint: 'data.offer.sdp is plain RTP, which needs data.offer.sdp_type rtp and type proxy',
  });
  assert.throws(() => jsepAnswer({ sdp: plain }), {
    code: 'invalid_sdp',
    hint: 'data.answer.sdp is plain RTP, but the offer is WebRTC',
  });
});

test('WebRTC is told by its transport or its fingerprint, and passes', () => {
  assert.deepEqual([plain, dtls, oldDtls, session].map(isWebRtc), [false, true, true, false]);
  for (const sdp of [dtls, oldDtls, session])
    assert.deepEqual(jsepOffer({ sdp }), { type: 'offer', sdp, trickle: false });
});
