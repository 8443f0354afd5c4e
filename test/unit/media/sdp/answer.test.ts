import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionUri, offeredStreams, parseSdp, type StreamPlan } from '#janus/media';
import { answer, audio, data, section, video } from '../../../fixtures/sdp/answering.ts';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const chromium = readFixture('chromium-echo-offer.sdp');
const simulcast = readFixture('chromium-simulcast-offer.sdp');

const transportLines = [
  'a=ice-ufrag:ours',
  'a=ice-pwd:ourpasswordhas22letters',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${new Array<string>(32).fill('0F').join(':')}`,
  'a=setup:passive',
  'a=candidate:1 1 udp 2130706431 127.0.0.1 20000 typ host',
  'a=end-of-candidates',
];

test('the session says who we are, what is bundled, and that we are lite', () => {
  assert.deepEqual(answer(chromium).sdp.split('\r\nm=')[0]?.split('\r\n'), [
    'v=0',
    'o=- 77 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1 2',
    'a=ice-lite',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
  ]);
});

test('audio is answered with one codec, its parameters and the extensions we know', () => {
  assert.deepEqual(section(answer(chromium), 0), [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    ...transportLines,
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 useinbandfec=1',
    `a=extmap:1 ${extensionUri.audioLevel}`,
    `a=extmap:2 ${extensionUri.absoluteSendTime}`,
    `a=extmap:4 ${extensionUri.mid}`,
    'a=msid:bifrons bifrons0',
    'a=ssrc:1000 cname:bifrons-test',
    'a=ssrc:1000 msid:bifrons bifrons0',
  ]);
});

test('video is answered with its retransmissions and feedback', () => {
  assert.deepEqual(section(answer(chromium), 1), [
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
    'c=IN IP4 0.0.0.0',
    'a=mid:1',
    'a=sendrecv',
    'a=rtcp-mux',
    ...transportLines,
    'a=rtpmap:96 VP8/90000',
    'a=rtcp-fb:96 ccm fir',
    'a=rtcp-fb:96 nack',
    'a=rtcp-fb:96 nack pli',
    'a=rtcp-fb:96 goog-remb',
    'a=rtpmap:97 rtx/90000',
    'a=fmtp:97 apt=96',
    `a=extmap:2 ${extensionUri.absoluteSendTime}`,
    `a=extmap:13 ${extensionUri.videoOrientation}`,
    `a=extmap:5 ${extensionUri.playoutDelay}`,
    `a=extmap:6 ${extensionUri.contentType}`,
    `a=extmap:8 ${extensionUri.colorSpace}`,
    `a=extmap:4 ${extensionUri.mid}`,
    `a=extmap:10 ${extensionUri.rid}`,
    `a=extmap:11 ${extensionUri.repairedRid}`,
    'a=msid:bifrons bifrons1',
    'a=ssrc-group:FID 1001 1002',
    'a=ssrc:1001 cname:bifrons-test',
    'a=ssrc:1001 msid:bifrons bifrons1',
    'a=ssrc:1002 cname:bifrons-test',
    'a=ssrc:1002 msid:bifrons bifrons1',
  ]);
});

test('data is answered with our port and message size, and the peer’s are reported', () => {
  const session = answer(edited(chromium, 'a=sctp-port:5000', 'a=sctp-port:5001'), undefined, {
    sctpPort: 6000,
    maxMessageSize: 1_000,
  });

  assert.deepEqual(section(session, 2), [
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:2',
    ...transportLines,
    'a=sctp-port:6000',
    'a=max-message-size:1000',
  ]);
  assert.deepEqual(session.media[2]?.sctp, { port: 5001, maxMessageSize: 262_144 });
});

test('data in the older syntax is answered in it', () => {
  const port = edited(chromium, 'UDP/DTLS/SCTP webrtc-datachannel', 'DTLS/SCTP 5001');
  const offer = edited(port, 'a=sctp-port:5000', 'a=sctpmap:5001 webrtc-datachannel 1024');
  const lines = section(answer(offer), 2);

  assert.equal(lines[0], 'm=application 9 DTLS/SCTP 5000');
  assert.ok(lines.includes('a=sctpmap:5000 webrtc-datachannel 1024'));
  assert.ok(!lines.some((line) => line.startsWith('a=sctp-port')));
});

test('a PeerConnection learns what to receive', () => {
  const receive = answer(chromium).media[1]?.receive;

  assert.deepEqual(
    [...(receive?.codecs.values() ?? [])].map(({ payloadType, name, rtxOf }) => [payloadType, name, rtxOf]),
    [
      [96, 'VP8', undefined],
      [97, 'rtx', 96],
    ],
  );
  assert.deepEqual(receive?.ssrcs, [{ ssrc: 842132689, rtxSsrc: 508333973 }]);
  assert.equal(receive.extensions.get(extensionUri.rid), 10);
  assert.deepEqual(receive.rids, []);
  assert.deepEqual(receive.feedback, { nack: true, pli: true, fir: true, remb: true, transportCc: false });
});

test('a PeerConnection learns what to send with', () => {
  const send = answer(chromium).media[1]?.send;

  assert.equal(send?.ssrc, 1001);
  assert.equal(send.rtxSsrc, 1002);
  assert.equal(send.clockRate, 90_000);
  assert.deepEqual([...send.payloadTypes], [['VP8', { media: 96, rtx: 97 }]]);
  assert.equal(send.extensions.get(extensionUri.mid), 4);
});

test('without retransmissions in the offer there is no second source', () => {
  const offer = edited(chromium, /^a=rtpmap:97 rtx.*\r\n/, '');
  const session = answer(offer);

  assert.equal(section(session, 1)[0], 'm=video 9 UDP/TLS/RTP/SAVPF 96');
  assert.equal(session.media[1]?.send?.rtxSsrc, undefined);
  assert.ok(!session.sdp.includes('FID'));
});

test('feedback that only one side knows is not answered', () => {
  const offer = edited(chromium, /^a=rtcp-fb:96 (nack|goog-remb)\r\n/, '');
  const { feedback } = answer(offer).media[1]?.receive ?? {};

  assert.deepEqual(feedback, { nack: false, pli: true, fir: true, remb: false, transportCc: false });
});

test('transport-wide congestion control is answered by those who produce it', () => {
  const session = answer(chromium, undefined, { hasTransportCc: true });

  for (const index of [0, 1]) {
    const lines = section(session, index);
    assert.ok(lines.includes(`a=extmap:3 ${extensionUri.transportWide}`));
    assert.ok(lines.includes(`a=rtcp-fb:${index === 0 ? 111 : 96} transport-cc`));
    assert.equal(session.media[index]?.receive?.feedback.transportCc, true);
  }
});

test('an extension keeps its id and turns its direction; unusable ids are left out', () => {
  const mid = `a=extmap:4 ${extensionUri.mid}`;
  const turned = answer(edited(chromium, mid, `a=extmap:4/sendonly ${extensionUri.mid}`));
  const high = answer(edited(chromium, mid, `a=extmap:15 ${extensionUri.mid}`));
  const twice = answer(edited(chromium, mid, `a=extmap:1 ${extensionUri.mid}`));
  const silent = answer(edited(chromium, mid, `a=extmap:4/inactive ${extensionUri.mid}`));

  assert.ok(section(turned, 0).includes(`a=extmap:4/recvonly ${extensionUri.mid}`));
  assert.ok(!high.sdp.includes(extensionUri.mid));
  assert.ok(!section(twice, 0).some((line) => line.includes(extensionUri.mid)));
  assert.ok(!silent.sdp.includes(extensionUri.mid));
});

test('plans without mid take the next m-line of their kind', () => {
  const plans = [video, audio, data].map(({ kind, direction, codecs }) => ({ kind, direction, codecs }));

  assert.deepEqual(
    answer(chromium, plans).media.map(({ isRejected }) => isRejected),
    [false, false, false],
  );
});

test('without all candidates their end is not said', () => {
  const { sdp } = answer(chromium, undefined, { candidates: [], hasAllCandidates: false, isIceLite: false });

  assert.ok(!sdp.includes('candidate'));
  assert.ok(!sdp.includes('ice-lite'));
});

test('simulcast is accepted layer by layer, written in the order of the offer and known from low to high', () => {
  const plan: StreamPlan = { ...video, direction: 'recvonly', rids: ['l', 'm', 'h'] };
  const all = answer(simulcast, [plan]);
  const two = answer(edited(simulcast, 'send h;m;l', 'send h;~m;l'), [{ ...plan, rids: ['l', 'm'] }]);

  assert.deepEqual(section(all, 1).slice(-4), [
    'a=rid:h recv',
    'a=rid:m recv',
    'a=rid:l recv',
    'a=simulcast:recv h;m;l',
  ]);
  assert.deepEqual(all.media[1]?.receive?.rids, ['l', 'm', 'h']);
  assert.deepEqual(section(two, 1).slice(-3), ['a=rid:m recv', 'a=rid:l recv', 'a=simulcast:recv ~m;l']);
  assert.deepEqual(two.media[1]?.receive?.rids, ['l', 'm']);
});

test('mixed header extensions are allowed in answer to an offer that allows them', () => {
  const without = answer(
    edited(chromium, 'a=extmap-allow-mixed\r\n', '').replaceAll('a=extmap-allow-mixed\r\n', ''),
  );

  assert.ok(!without.sdp.includes('extmap-allow-mixed'));
});

test('more layers than anyone sends are left out, and each counts once', () => {
  const rids = Array.from({ length: 300 }, (_, at) => `r${at}`);
  const lines = rids.map((rid) => `a=rid:${rid} send\r\n`).join('');
  const offer = edited(simulcast, 'a=simulcast:send h;m;l', `${lines}a=simulcast:send r7;${rids.join(';')}`);
  const session = answer(offer, [{ ...video, direction: 'recvonly', rids: [...rids].reverse() }]);

  assert.deepEqual(session.media[1]?.receive?.rids, ['r7', 'r6', 'r5', 'r4', 'r3', 'r2', 'r1', 'r0']);
});

test('simulcast is dropped where it is not planned or could not be told apart', () => {
  const rid = new RegExp(`^a=extmap:10 ${extensionUri.rid}\r\n`);

  assert.ok(!/a=(rid|simulcast)/.test(answer(simulcast, [video]).sdp));
  assert.ok(!/a=(rid|simulcast)/.test(answer(edited(simulcast, rid, ''), [{ ...video, rids: ['h'] }]).sdp));
});

test('a plugin sees what is offered before it plans', () => {
  assert.deepEqual(
    offeredStreams(parseSdp(simulcast)).map(({ mid, kind, direction, codecNames, rids }) => [
      mid,
      kind,
      direction,
      codecNames.join(),
      rids.join(),
    ]),
    [
      ['0', 'audio', 'sendonly', 'opus,G722,PCMU,PCMA,telephone-event', ''],
      ['1', 'video', 'sendonly', 'VP8,H264,AV1,VP9', 'h,m,l'],
    ],
  );
});

test('a bundle-only m-line is answered with a port', () => {
  const session = answer(readFixture('firefox-like-offer.sdp'));

  assert.deepEqual(
    session.media.map(({ isRejected }) => isRejected),
    [false, false, false],
  );
  assert.equal(section(session, 1)[0], 'm=video 9 UDP/TLS/RTP/SAVPF 120 124');
  assert.ok(section(session, 0).includes('a=fmtp:109 useinbandfec=1;stereo=1'));
  assert.ok(section(session, 1).includes(`a=extmap:6/sendonly ${extensionUri.playoutDelay}`));
});
