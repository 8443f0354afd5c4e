import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NegotiationError, parseSdp, type MediaDescription } from '#janus/media';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const chromium = readFixture('chromium-echo-offer.sdp');
const firefox = readFixture('firefox-like-offer.sdp');

function media(sdp: string, index: number): MediaDescription {
  const found = parseSdp(sdp).media[index];
  assert.ok(found);
  return found;
}

function refusal(sdp: string): string {
  try {
    parseSdp(sdp);
  } catch (error) {
    assert.ok(error instanceof NegotiationError);
    return error.message;
  }
  return assert.fail('it was accepted');
}

test('a text that is read again gives the same, whatever was refused in between', () => {
  const first = parseSdp(chromium);

  assert.match(refusal('v=0\r\n'), /no origin line/);
  assert.match(refusal('v=0\r\n'), /no origin line/);

  assert.deepEqual(parseSdp(firefox).origin.version, parseSdp(`${firefox}a=x-unknown\r\n`).origin.version);
  assert.notDeepEqual(parseSdp(firefox), first);
  assert.deepEqual(parseSdp(chromium), first);
});

test('a description has its origin, its bundle and its m-lines in order', () => {
  const description = parseSdp(chromium);

  assert.deepEqual(description.origin, { sessionId: '1871833482982225783', version: '2' });
  assert.deepEqual(description.bundle, ['0', '1', '2']);
  assert.equal(description.isIceLite, false);
  assert.equal(description.isExtmapAllowMixed, true);
  assert.deepEqual(description.iceOptions, ['trickle']);
  assert.deepEqual(
    description.media.map(({ index, kind, mid, direction }) => [index, kind, mid, direction]),
    [
      [0, 'audio', '0', 'sendrecv'],
      [1, 'video', '1', 'sendrecv'],
      [2, 'data', '2', 'sendrecv'],
    ],
  );
});

test('an m-line has its transport', () => {
  const audio = media(chromium, 0);

  assert.equal(audio.iceUfrag, '0lrt');
  assert.equal(audio.icePwd, '0u7CmH2gOOQXZzpjfpxSnABm');
  assert.equal(audio.setup, 'actpass');
  assert.equal(audio.isRtcpMux, true);
  assert.equal(audio.protocol, 'UDP/TLS/RTP/SAVPF');
  assert.equal(audio.fingerprints.length, 1);
  assert.equal(audio.fingerprints[0]?.algorithm, 'sha-256');
  assert.match(audio.fingerprints[0].value, /^12:94:09:.*:7B:A0$/);
});

test('codecs stand in the order of the m-line with rate, channels, parameters and feedback', () => {
  const audio = media(chromium, 0);

  assert.deepEqual(
    audio.codecs.map(({ payloadType, name }) => `${payloadType} ${name}`),
    [
      '111 opus',
      '63 red',
      '9 G722',
      '0 PCMU',
      '8 PCMA',
      '13 CN',
      '110 telephone-event',
      '126 telephone-event',
    ],
  );
  assert.deepEqual(audio.codecs[0], {
    payloadType: 111,
    name: 'opus',
    clockRate: 48_000,
    channels: 2,
    parameters: 'minptime=10;useinbandfec=1',
    feedback: ['transport-cc'],
  });
  assert.deepEqual(media(chromium, 1).codecs[0]?.feedback, [
    'goog-remb',
    'transport-cc',
    'ccm fir',
    'nack',
    'nack pli',
  ]);
});

test('retransmissions are found by the payload type that they repeat', () => {
  const { rtxPayloadTypes } = media(chromium, 1);

  assert.equal(rtxPayloadTypes.get(96), 97);
  assert.equal(rtxPayloadTypes.get(108), 109);
  assert.equal(rtxPayloadTypes.get(120), undefined);
});

test('sources have their names and groups', () => {
  const { ssrcs, ssrcGroups, msid } = media(chromium, 1);

  assert.deepEqual(ssrcGroups, [{ semantics: 'FID', ssrcs: [842132689, 508333973] }]);
  assert.deepEqual(ssrcs, [
    { ssrc: 842132689, cname: '/D4qRt02mYOwrBDK', msid: '- 0b22b8cb-46a9-4b41-99bf-06e2f47cdf5e' },
    { ssrc: 508333973, cname: '/D4qRt02mYOwrBDK', msid: '- 0b22b8cb-46a9-4b41-99bf-06e2f47cdf5e' },
  ]);
  assert.equal(msid, '- 0b22b8cb-46a9-4b41-99bf-06e2f47cdf5e');
});

test('candidates are kept as written, and their end', () => {
  const gathered = media(readFixture('chromium-gathered-offer.sdp'), 0);
  const answered = media(readFixture('janus-echo-answer.sdp'), 0);

  assert.equal(gathered.candidates.length, 4);
  assert.match(
    gathered.candidates[0] ?? '',
    /^candidate:1733206316 1 udp 2122260223 127\.0\.0\.1 60501 typ host /,
  );
  assert.equal(gathered.hasEndOfCandidates, false);
  assert.equal(answered.hasEndOfCandidates, true);
});

test('simulcast has its layers in the order of the offer, and which are paused', () => {
  const offer = readFixture('chromium-simulcast-offer.sdp');
  const paused = edited(offer, 'a=simulcast:send h;m;l', 'a=simulcast:recv x send h,g;~m;l');

  assert.deepEqual(
    media(offer, 1).rids.map(({ id, direction }) => `${id} ${direction}`),
    ['h send', 'm send', 'l send'],
  );
  assert.deepEqual(media(paused, 1).simulcast, {
    recv: [{ rid: 'x', isPaused: false }],
    send: [
      { rid: 'h', isPaused: false },
      { rid: 'm', isPaused: true },
      { rid: 'l', isPaused: false },
    ],
  });
});

test('data channels are read in the syntax of RFC 8841 and in the one before it', () => {
  const old = edited(
    edited(chromium, 'UDP/DTLS/SCTP webrtc-datachannel', 'DTLS/SCTP 5001'),
    'a=sctp-port:5000',
    'a=sctpmap:5001 webrtc-datachannel 1024',
  );

  assert.deepEqual(media(chromium, 2).sctp, { port: 5000, maxMessageSize: 262_144, isOldSyntax: false });
  assert.deepEqual(media(old, 2).sctp, { port: 5001, maxMessageSize: 262_144, isOldSyntax: true });
  assert.equal(media(edited(chromium, /^a=max-message-size.*\r\n/, ''), 2).sctp?.maxMessageSize, 65_536);
  assert.equal(media(chromium, 0).sctp, undefined);
});

test('what stands before the first m-line holds for every m-line that does not say otherwise', () => {
  const sendonly = edited(firefox, /^(m=application.*\r\n.*\r\n.*\r\n)a=sendrecv\r\n/, '$1');
  const description = parseSdp(edited(sendonly, 't=0 0\r\na=sendrecv', 't=0 0\r\na=sendonly'));

  assert.deepEqual(
    description.media.map(({ direction }) => direction),
    ['sendrecv', 'sendrecv', 'sendonly'],
  );
  assert.deepEqual(
    description.media.map(({ fingerprints }) => fingerprints.length),
    [1, 1, 1],
  );
});

test('port 0 is a rejection unless the m-line is bundle-only', () => {
  const rejected = edited(firefox, 'a=bundle-only\r\n', '');

  assert.deepEqual(
    parseSdp(firefox).media.map(({ isRejected }) => isRejected),
    [false, false, false],
  );
  assert.deepEqual(
    parseSdp(rejected).media.map(({ isRejected }) => isRejected),
    [false, true, true],
  );
});

test('an m-line without mid gets a free one', () => {
  const sdp = edited(edited(chromium, 'a=mid:0\r\n', ''), 'a=mid:1\r\n', 'a=mid:0\r\n');

  assert.deepEqual(
    parseSdp(sdp).media.map(({ mid, hasMid }) => [mid, hasMid]),
    [
      ['1', false],
      ['0', true],
      ['2', true],
    ],
  );
});

test('static payload types need no rtpmap, and feedback for * holds for all', () => {
  const bare = edited(chromium, /^a=rtpmap:(0|8|9) .*\r\n/, '');
  const sdp = edited(bare, 'a=rtcp-fb:111 transport-cc', 'a=rtcp-fb:* nack');
  const names = new Map(media(sdp, 0).codecs.map(({ payloadType, name }) => [payloadType, name]));

  assert.deepEqual([names.get(0), names.get(8), names.get(9)], ['PCMU', 'PCMA', 'G722']);
  assert.ok(media(sdp, 0).codecs.every(({ feedback }) => feedback.includes('nack')));
});

test('line ends may lack the carriage return, and a line may be empty', () => {
  const description = parseSdp(chromium);

  assert.deepEqual(parseSdp(chromium.replaceAll('\r', '')), description);
  assert.deepEqual(parseSdp(`${chromium}\r\n\r\n`), description);
});

test('names of the peer do not become properties', () => {
  const words = ['__proto__', 'constructor', 'toString'];
  const lines = words.flatMap((word) => [
    `a=${word}:1`,
    `a=rtpmap:99 ${word}/90000`,
    `a=fmtp:96 ${word}=1;apt=${word}`,
    `a=ssrc:7 ${word}:x`,
    `a=rtcp-fb:96 ${word}`,
  ]);
  const sdp = edited(chromium, 'a=mid:1', ['a=mid:__proto__', ...lines].join('\r\n'));

  assert.equal(media(sdp, 1).mid, '__proto__');
  assert.equal(Object.getPrototypeOf(media(sdp, 1)), Object.prototype);
  assert.deepEqual(Object.keys({}), []);
});

const wrongLines = [
  ['a=mid:0', 'a=mid:12345678901234567', /^SDP line 16: a mid longer than 16 characters$/],
  ['a=mid:0', 'a=mid:a b', /^SDP line 16: a mid/],
  ['a=mid:1', 'a=mid:0', /the mid 0 is taken/],
  ['a=fingerprint:sha-256 12', 'a=fingerprint:sha-256 1', /^SDP line 14: a malformed fingerprint$/],
  ['a=setup:actpass', 'a=setup:both', /^SDP line 15: an unknown setup$/],
  ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:128 opus/48000/2', /a malformed rtpmap/],
  ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:111 opus', /a malformed rtpmap/],
  ['a=ssrc:2397369410 cname', 'a=ssrc:4294967296 cname', /a malformed ssrc/],
  ['a=ssrc-group:FID 842132689', 'a=ssrc-group:FID x', /a malformed ssrc-group/],
  ['a=extmap:1 ', 'a=extmap:one ', /^SDP line 17: a malformed extmap$/],
  ['a=sctp-port:5000', 'a=sctp-port:65536', /a malformed sctp-port/],
  ['a=max-message-size:262144', 'a=max-message-size:-1', /a malformed max-message-size/],
  ['m=audio 9 ', 'm=audio 65536 ', /^SDP line 8: a malformed m-line$/],
  ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'm=audio 9 UDP//RTP/SAVPF 111', /^SDP line 8: a malformed m-line$/],
  ['o=- 1871833482982225783', 'o=- x', /^SDP line 2: a malformed origin$/],
  ['s=-', 'something', /^SDP line 3: a letter and an equals sign were expected$/],
  ['s=-', 's=\0', /^SDP line 3: a control character$/],
  ['v=0', 'v=1', /^SDP line 1: v=0 was expected$/],
] as const;

for (const [from, to, message] of wrongLines) {
  test(`a line that says ${JSON.stringify(to)} is refused by its number`, () => {
    assert.match(refusal(edited(chromium, from, to)), message);
  });
}

test('what lacks an origin or an m-line is refused', () => {
  assert.equal(refusal(edited(chromium, /^o=.*\r\n/, '')), 'SDP has no origin line');
  assert.equal(refusal('v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n'), 'SDP has no m-line');
  assert.equal(refusal(''), 'SDP line 1: v=0 was expected');
});
