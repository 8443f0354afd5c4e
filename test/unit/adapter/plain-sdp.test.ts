import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  completed,
  hasRelayedCodec,
  rejectData,
  sharesCodec,
  withoutData,
} from '../../../backend-janus/adapter/legs/proxy/plain-sdp.ts';

const session = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n';
const audio = 'm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n';
const data = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\na=sctp-port:5000\r\n';
const video = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=rtpmap:96 VP8/90000\r\n';
const refused = 'm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n';

test('data channels leave an offer, and their m-line is rejected in its place of the answer', () => {
  const { sdp, rejected } = withoutData(session + audio + data + video);

  const left = session.replace('0 1 2', '0 2');
  assert.equal(sdp, left + audio + video);
  assert.equal(rejectData(sdp, rejected), left + audio + refused + video);
});

test('an offer without data channels stays as it is', () => {
  const { sdp, rejected } = withoutData(session + audio);

  assert.equal(sdp, session + audio);
  assert.equal(rejectData('v=0', rejected), 'v=0');
});

test('codecs are shared by name, payload types without a map included', () => {
  const answers = ['m=audio 4000 RTP/AVP 0\r\n', 'm=audio 4000 RTP/AVP 96\r\na=rtpmap:96 OPUS/48000/2\r\n'];
  const strangers = ['m=audio 4000 RTP/AVP 18\r\n', 'm=audio 0 RTP/AVP 0\r\n', 'm=audio 4000 RTP/AVP 13\r\n'];

  assert.deepEqual(
    [...answers, ...strangers].map((answer) => sharesCodec(session + audio, session + answer)),
    [true, true, false, false, false],
  );
});

test('an offer can be relayed if any stream of it has a codec that passes as it is', () => {
  const usable = [audio, video, 'm=audio 4000 RTP/AVP 18 8\r\n', 'm=audio 4000 RTP/AVP 3\r\n' + video, ''];
  const useless = ['m=audio 4000 RTP/AVP 3 101\r\n', 'm=audio 0 RTP/AVP 0\r\n', data];

  assert.deepEqual(
    [...usable, ...useless].map((offer) => hasRelayedCodec(session + offer)),
    [true, true, true, true, true, false, false, false],
  );
});

test('an answer that leaves m-lines out rejects them, and one that is whole or empty stays', () => {
  const answer = 'v=0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv';
  const rest = 'm=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n';

  assert.equal(completed(session + audio + video, answer), `${answer}\r\n${rest}`);
  assert.equal(completed(session + audio + video, `${answer}\r\n`), `${answer}\r\n${rest}`);
  assert.equal(completed(session + audio, answer), answer);
  assert.equal(completed(session + audio, 'garbage'), 'garbage');
});
