import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sdpTransform from 'sdp-transform';
import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  type NegotiatedMedia,
  type NegotiatedSession,
  type StreamPlan,
} from '#janus/media';
import { localTransport } from '../../../fixtures/sdp/local-transport.ts';
import { readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const offers = [
  'chromium-echo-offer.sdp',
  'chromium-gathered-offer.sdp',
  'chromium-simulcast-offer.sdp',
  'firefox-like-offer.sdp',
  'janus-subscriber-offer.sdp',
  'safari-like-offer.sdp',
  'wrtc-data-offer.sdp',
  'wrtc-echo-offer.sdp',
  'wrtc-listener-offer.sdp',
].map((name) => ({ name, sdp: readFixture(name) }));

const direction = fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive');
const names = {
  audio: ['opus', 'PCMU', 'PCMA', 'G722', 'telephone-event', 'nonsense'],
  video: ['VP8', 'VP9', 'H264', 'AV1', 'nonsense'],
  data: [],
};
const plan: fc.Arbitrary<StreamPlan> = fc
  .constantFrom('audio', 'video', 'data')
  .chain((kind) =>
    fc.record({ kind: fc.constant(kind), direction, codecs: fc.shuffledSubarray<string>(names[kind]) }),
  );
const rids = fc.option(fc.shuffledSubarray(['h', 'm', 'l']), { nil: undefined });
const plans = fc.array(
  fc.tuple(plan, rids).map(([one, layers]) => (layers === undefined ? one : { ...one, rids: layers })),
  { maxLength: 6 },
);

/** What holds of every answer, whatever was offered and planned. */
function checkAnswer(offerSdp: string, session: NegotiatedSession): void {
  const offer = parseSdp(offerSdp);
  const answer = parseSdp(session.sdp);
  const payloadTypes = (sdp: typeof offer, index: number): readonly number[] =>
    sdp.media[index]?.codecs.map((codec) => codec.payloadType) ?? [];

  assert.deepEqual(
    answer.media.map(({ mid, mediaType, protocol }) => [mid, mediaType, protocol]),
    offer.media.map(({ mid, mediaType, protocol }) => [mid, mediaType, protocol]),
  );
  assert.deepEqual(
    answer.media.map((media) => media.isRejected),
    session.media.map((media) => media.isRejected),
  );
  assert.deepEqual(
    answer.bundle ?? [],
    answer.media.filter(({ isRejected }) => !isRejected).map(({ mid }) => mid),
  );
  for (const [index, media] of answer.media.entries()) {
    const offered = payloadTypes(offer, index);
    assert.ok(payloadTypes(answer, index).every((payloadType) => offered.includes(payloadType)));
    const ids = new Map(offer.media[index]?.extensions.map(({ id, uri }) => [id, uri]));
    assert.ok(media.extensions.every(({ id, uri }) => ids.get(id) === uri));
    assert.equal(media.direction, media.kind === 'data' ? media.direction : session.media[index]?.direction);
  }
  assert.equal(sdpTransform.parse(session.sdp).media.length, offer.media.length);
}

for (const { name, sdp } of offers) {
  test(`any plan for ${name} gives a consistent answer`, () => {
    const answering = fc.property(plans, fc.boolean(), (streams, hasTransportCc) => {
      checkAnswer(sdp, negotiateAnswer(parseSdp(sdp), streams, localTransport({ hasTransportCc })));
    });
    fc.assert(answering, { numRuns: 200, seed: 1 });
  });
}

test('our offers are answered and the answers taken: what one side sends the other receives', () => {
  const talking = fc.property(plans, plans, (offered, answered) => {
    const known = offered.filter(
      ({ kind, codecs }) => kind === 'data' || codecs.some((one) => /^[A-Z]|opus/.test(one)),
    );
    fc.pre(known.length > 0);
    const offer = negotiateOffer(known, localTransport());
    const theirs = negotiateAnswer(parseSdp(offer.sdp), answered, localTransport({ iceUfrag: 'theirs' }));
    checkAnswer(offer.sdp, theirs);
    fc.pre(theirs.media.some(({ isRejected }) => !isRejected));
    const ours = acceptAnswer(offer, theirs.sdp);

    for (const [index, media] of ours.media.entries()) {
      checkReceived(media, theirs.media[index]);
      checkReceived(theirs.media[index], media);
    }
    assert.notEqual(ours.dtlsRole, theirs.dtlsRole);
  });
  fc.assert(talking, { numRuns: 500, seed: 1 });
});

/** One side expects what the other sends: the encodings, the source and its retransmissions. */
function checkReceived(
  { receive }: Partial<NegotiatedMedia> = {},
  { send }: Partial<NegotiatedMedia> = {},
): void {
  const codecs = [...(receive?.codecs.values() ?? [])].filter(({ rtxOf }) => rtxOf === undefined);
  const sources = send === undefined ? [] : [{ ssrc: send.ssrc, rtxSsrc: send.rtxSsrc }];

  assert.deepEqual(new Set(codecs.map(({ name }) => name)), new Set(send?.payloadTypes.keys()));
  assert.deepEqual(receive?.ssrcs ?? [], sources);
}

test('an offer with anything in any line is answered consistently or refused', () => {
  let answers = 0;
  const words = fc.constantFrom(
    '',
    ' ',
    '0',
    '96',
    '97',
    '/',
    ':',
    ';',
    '=',
    '~',
    '*',
    'rtx',
    '4294967296',
    'é',
    '\t',
  );
  const damage = fc.record({
    offer: fc.constantFrom(...offers),
    at: fc.nat(),
    length: fc.nat(12),
    word: words,
  });
  const mangling = fc.property(damage, plans, ({ offer, at, length, word }, streams) => {
    const start = at % offer.sdp.length;
    const sdp = offer.sdp.slice(0, start) + word + offer.sdp.slice(start + length);
    try {
      const session = negotiateAnswer(parseSdp(sdp), streams, localTransport());
      checkAnswer(sdp, session);
      answers += 1;
    } catch (error) {
      if (!(error instanceof NegotiationError)) throw error;
    }
  });
  fc.assert(mangling, { numRuns: 5_000, seed: 1 });

  assert.ok(answers > 1_000);
});
