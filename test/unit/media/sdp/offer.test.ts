import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptAnswer,
  extensionUri,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  type LocalTransport,
  type NegotiatedSession,
  type StreamPlan,
} from '#janus/media';
import { localTransport } from '../../../fixtures/sdp/local-transport.ts';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const audio: StreamPlan = {
  kind: 'audio',
  direction: 'sendrecv',
  codecs: ['opus', 'PCMU', 'telephone-event'],
};
const video: StreamPlan = { kind: 'video', direction: 'sendonly', codecs: ['VP8', 'H264'] };
const data: StreamPlan = { kind: 'data', direction: 'sendrecv', codecs: [] };
const plans = [audio, video, data];

function offerOf(
  streams: readonly StreamPlan[],
  local: Partial<LocalTransport> = {},
): ReturnType<typeof negotiateOffer> {
  return negotiateOffer(streams, localTransport(local));
}

/** What another of us answers. */
function answerTo(
  sdp: string,
  streams: readonly StreamPlan[],
  local: Partial<LocalTransport> = {},
): NegotiatedSession {
  return negotiateAnswer(
    parseSdp(sdp),
    streams,
    localTransport({ ...local, iceUfrag: 'theirs', cname: 'them' }),
  );
}

const receiving: readonly StreamPlan[] = [
  { ...audio, codecs: ['PCMU'] },
  { ...video, direction: 'recvonly' },
  data,
];

test('an offer has an m-line per plan, all codecs with their usual payload types, and the choice of role', () => {
  const { sdp } = offerOf(plans);
  const description = parseSdp(sdp);

  assert.deepEqual(sdp.match(/^m=.*$/gm), [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 110 126',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  ]);
  assert.deepEqual(description.bundle, ['0', '1', '2']);
  assert.deepEqual(
    description.media.map(({ setup, direction }) => `${setup ?? ''} ${direction}`),
    ['actpass sendrecv', 'actpass sendonly', 'actpass sendrecv'],
  );
  assert.equal(description.media[1]?.ssrcGroups[0]?.semantics, 'FID');
  assert.ok(!sdp.includes(extensionUri.rid));
  assert.ok(!sdp.includes('transport-cc'));
});

test('all our payload types stay where the fields of RTCP are not', () => {
  const names = ['opus', 'PCMU', 'PCMA', 'G722', 'telephone-event'];
  const { sdp } = offerOf([
    { ...audio, codecs: names },
    { ...video, codecs: ['VP8', 'VP9', 'H264', 'AV1'] },
  ]);

  assert.deepEqual(sdp.match(/^m=.*$/gm), [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 9 110 126',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 102 103 45 46',
  ]);
});

test('a codec with other parameters on another m-line has a payload type of its own', () => {
  const high = { ...video, codecs: ['H264'], fmtp: { H264: 'packetization-mode=1;profile-level-id=64001f' } };
  const { sdp } = offerOf([{ ...video, codecs: ['H264'] }, high, high]);

  assert.deepEqual(sdp.match(/^m=.*$/gm), [
    'm=video 9 UDP/TLS/RTP/SAVPF 102 103',
    'm=video 9 UDP/TLS/RTP/SAVPF 100 101',
    'm=video 9 UDP/TLS/RTP/SAVPF 100 101',
  ]);
});

test('plans keep their mids, and others get free ones', () => {
  const { media } = offerOf([audio, { ...video, mid: '0' }, { ...data, mid: 'd' }, audio]);

  assert.deepEqual(
    media.map(({ mid }) => mid),
    ['1', '0', 'd', '2'],
  );
});

test('an offer that asks for simulcast names its layers and how to tell them apart', () => {
  const { sdp } = offerOf([{ ...video, direction: 'recvonly', rids: ['l', 'h'] }]);

  assert.ok(sdp.includes('a=rid:l recv\r\na=rid:h recv\r\na=simulcast:recv l;h\r\n'));
  assert.ok(sdp.includes(extensionUri.rid));
  assert.ok(!sdp.includes('a=ssrc'));
});

test('a plan of codecs that we do not know is refused', () => {
  assert.throws(() => offerOf([{ ...audio, codecs: ['VP8', 'telephone-event'] }]), NegotiationError);
});

test('the answer says what is sent and received', () => {
  const offer = offerOf(plans, { hasTransportCc: true });
  const theirs = answerTo(offer.sdp, receiving, { hasTransportCc: true });
  const session = acceptAnswer(offer, theirs.sdp);

  assert.deepEqual(
    session.media.map(({ mid, kind, direction, isRejected }) => [mid, kind, direction, isRejected]),
    [
      ['0', 'audio', 'sendrecv', false],
      ['1', 'video', 'sendonly', false],
      ['2', 'data', 'sendrecv', false],
    ],
  );
  assert.equal(session.sdp, offer.sdp);
  assert.equal(session.dtlsRole, 'active');
  assert.equal(session.transport.iceUfrag, 'theirs');
});

test('the answer fills in how to send and receive', () => {
  const offer = offerOf(plans, { hasTransportCc: true });
  const theirs = answerTo(offer.sdp, receiving, { hasTransportCc: true });
  const [spoken, seen, channels] = acceptAnswer(offer, theirs.sdp).media;
  const { send } = seen ?? {};

  assert.ok(spoken?.receive);
  assert.deepEqual([...spoken.receive.codecs.keys()], [0]);
  assert.deepEqual(spoken.receive.ssrcs, [{ ssrc: 1000, rtxSsrc: undefined }]);
  assert.ok(send);
  assert.deepEqual([...send.payloadTypes], [['VP8', { media: 96, rtx: 97 }]]);
  assert.equal(send.rtxSsrc, 1002);
  assert.equal(send.feedback.transportCc, true);
  assert.equal(seen?.receive, undefined);
  assert.equal(channels?.sctp?.port, 5000);
});

test('an m-line that the answer rejects or pauses does not flow', () => {
  const offer = offerOf(plans);
  const theirs = answerTo(offer.sdp, receiving).sdp;
  const paused = edited(theirs, 'a=recvonly', 'a=inactive');
  const session = acceptAnswer(offer, edited(paused, 'm=audio 9', 'm=audio 0'));

  assert.deepEqual(
    session.media.map(({ direction, isRejected }) => [direction, isRejected]),
    [
      ['inactive', true],
      ['inactive', false],
      ['sendrecv', false],
    ],
  );
  assert.equal(session.media[0]?.send, undefined);
  assert.equal(session.media[1]?.send, undefined);
});

test('what the answer leaves out of a codec is not used', () => {
  const offer = offerOf(plans);
  const bare = edited(answerTo(offer.sdp, receiving).sdp, /^a=(extmap|rtcp-fb|rtpmap:97).*\r\n/, '');
  const send = acceptAnswer(offer, bare).media[1]?.send;

  assert.ok(send);
  assert.deepEqual([...send.payloadTypes], [['VP8', { media: 96 }]]);
  assert.equal(send.rtxSsrc, undefined);
  assert.equal(send.extensions.size, 0);
  assert.equal(send.feedback.nack, false);
});

test('a second offer keeps the DTLS role', () => {
  assert.ok(offerOf(plans, { dtlsRole: 'passive' }).sdp.includes('a=setup:passive'));
});

const wrongAnswers = [
  ['other m-lines', /^m=application[^]*$/, '', /^SDP answers 2 m-lines of 3$/],
  ['another mid', 'a=mid:1', 'a=mid:7', /^SDP answers mid 1 with another m-line$/],
  ['another kind', 'm=video', 'm=audio', /^SDP answers mid 1 with another m-line$/],
  ['no codec of ours', /^a=rtpmap:96 .*\r\n/, '', /^SDP answers no codec that was offered for mid 1$/],
  ['an open role', /^a=setup:.*\r\n/, 'a=setup:actpass\r\n', /^SDP answers with a=setup:actpass$/],
  ['no fingerprint', /^a=fingerprint:.*\r\n/, '', /^SDP has no fingerprint for mid 0$/],
  ['nothing accepted', /^m=(\S+) 9/, 'm=$1 0', /^SDP accepts no m-line of the offer$/],
  ['no description', 'v=0', 'v=?', /^SDP line 1/],
] as const;

for (const [what, from, to, message] of wrongAnswers) {
  test(`an answer with ${what} is refused`, () => {
    const offer = offerOf(plans);
    const answer = edited(answerTo(offer.sdp, receiving).sdp, from, to);

    assert.throws(
      () => acceptAnswer(offer, answer),
      (error) => error instanceof NegotiationError && message.test(error.message),
    );
  });
}

test('an answer without setup comes from the DTLS client', () => {
  const offer = offerOf(plans);
  const session = acceptAnswer(offer, edited(answerTo(offer.sdp, receiving).sdp, /^a=setup:.*\r\n/, ''));

  assert.equal(session.transport.setup, 'active');
  assert.equal(session.dtlsRole, 'passive');
});

/** Numbers that are none of ours: opus has that of our VP8, and the video's orientation that of another extension. */
function strangeOffer(): string {
  const moves = [
    ['96', '107'],
    ['97', '108'],
    ['111', '96'],
  ] as const;
  const moved = moves.reduce(
    (sdp, [from, to]) => edited(sdp, new RegExp(`(?<= |rtpmap:|fmtp:|rtcp-fb:|apt=)${from}\\b`), to),
    readFixture('wrtc-echo-offer.sdp'),
  );
  return edited(moved, 'extmap:13 urn:3gpp', 'extmap:12 urn:3gpp');
}

test('a later offer keeps the payload types and header extension ids that the peer gave', () => {
  const streams: StreamPlan[] = [
    { ...audio, mid: '0', codecs: ['opus'] },
    { ...video, mid: '1', direction: 'sendrecv', codecs: ['VP8', 'VP9'] },
  ];
  const before = negotiateAnswer(parseSdp(strangeOffer()), streams, localTransport());
  const added: StreamPlan = { ...video, codecs: ['VP8', 'H264'] };

  const { sdp } = negotiateOffer([...streams, added], localTransport(), before.media);

  assert.deepEqual(sdp.match(/^m=(audio|video).*$/gm), [
    'm=audio 9 UDP/TLS/RTP/SAVPF 96',
    'm=video 9 UDP/TLS/RTP/SAVPF 107 108 98 99',
    'm=video 9 UDP/TLS/RTP/SAVPF 107 108 102 103',
  ]);
  const [, kept, , fresh] = parseSdp(sdp).media;
  assert.deepEqual(kept?.extensions, parseSdp(before.sdp).media[1]?.extensions);
  const ids = new Map(fresh?.extensions.map(({ id, uri }) => [uri, id]));
  assert.equal(ids.get(extensionUri.colorSpace), 8);
  assert.equal(ids.get(extensionUri.videoOrientation), 12);
  assert.equal(ids.has(extensionUri.absoluteCaptureTime), false);
});

test('a codec that is new to a session has no payload type of another', () => {
  const streams: StreamPlan[] = [{ ...audio, mid: '0', codecs: ['opus'] }];
  const before = negotiateAnswer(parseSdp(strangeOffer()), streams, localTransport());

  const { sdp } = negotiateOffer([...streams, { ...video, codecs: ['VP8'] }], localTransport(), before.media);

  assert.equal(sdp.match(/^m=video 9 .*$/gm)?.[0], 'm=video 9 UDP/TLS/RTP/SAVPF 100 101');
});
