import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiateAnswer, parseSdp, type NegotiatedMedia, type StreamPlan } from '#janus/media';
import { localTransport } from '../../../fixtures/sdp/local-transport.ts';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const chromium = readFixture('chromium-echo-offer.sdp');

/** What one m-line of `offer` is answered with, as `payload type name parameters`. */
function chosen(offer: string, plan: StreamPlan): readonly string[] {
  const { media } = negotiateAnswer(parseSdp(offer), [plan], localTransport());
  const found = media.find(({ receive }) => receive !== undefined);
  return codecs(found).map(({ payloadType, name, parameters }) =>
    `${payloadType} ${name} ${parameters}`.trim(),
  );
}

function codecs(
  media: NegotiatedMedia | undefined,
): readonly { payloadType: number; name: string; parameters: string }[] {
  return [...(media?.receive?.codecs.values() ?? [])].filter(({ rtxOf }) => rtxOf === undefined);
}

function audio(...names: readonly string[]): StreamPlan {
  return { kind: 'audio', direction: 'sendrecv', codecs: names };
}

function video(name: string, fmtp?: string): StreamPlan {
  const plan = { kind: 'video', direction: 'sendrecv', codecs: [name] } as const;
  return fmtp === undefined ? plan : { ...plan, fmtp: { [name]: fmtp } };
}

test('a profile of H264 is found in either packetization mode, and answered with the level of the offer', () => {
  const baseline = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f';
  const single = baseline.replace('mode=1', 'mode=0');
  const offer = edited(
    chromium,
    'a=fmtp:102 ' + baseline,
    'a=fmtp:102 ' + baseline.replace('42001f', '640c1f'),
  );

  assert.deepEqual(chosen(chromium, video('H264', 'profile-level-id=420033')), [`102 H264 ${baseline}`]);
  assert.deepEqual(chosen(offer, video('H264', 'profile-level-id=420033')), [`104 H264 ${single}`]);
  assert.deepEqual(chosen(offer, video('H264', 'packetization-mode=1;profile-level-id=420033')), []);
});

test('the plan’s order decides, not the offer’s', () => {
  assert.deepEqual(chosen(chromium, audio('PCMA', 'opus')), ['8 PCMA']);
  assert.deepEqual(chosen(chromium, audio('unknown', 'G722', 'opus')), ['9 G722']);
});

test('names are compared without regard to case and answered as we spell them', () => {
  const offer = edited(chromium, 'a=rtpmap:111 opus', 'a=rtpmap:111 OPUS');

  assert.deepEqual(chosen(offer, audio('Opus')), ['111 opus useinbandfec=1']);
  assert.deepEqual(chosen(chromium, video('vp8')), ['96 VP8']);
});

test('a codec of another clock rate or number of channels is another codec', () => {
  assert.deepEqual(chosen(edited(chromium, 'opus/48000/2', 'opus/16000/2'), audio('opus')), []);
  assert.deepEqual(chosen(edited(chromium, 'opus/48000/2', 'opus/48000'), audio('opus')), []);
});

test('opus repeats what both directions depend on, and nothing else', () => {
  const offered = 'minptime=10;useinbandfec=1;usedtx=1;stereo=1;sprop-stereo=1;x=\u00e9';
  const offer = edited(chromium, 'minptime=10;useinbandfec=1', offered);

  assert.deepEqual(chosen(offer, audio('opus')), ['111 opus useinbandfec=1;usedtx=1;stereo=1']);
});

test('parameters that the plan names are said instead', () => {
  const plan = { ...audio('opus'), fmtp: { OPUS: 'stereo=1' } };

  assert.deepEqual(chosen(chromium, plan), ['111 opus stereo=1']);
});

test('DTMF comes beside the codec, at its clock rate if that is offered', () => {
  const events = edited(chromium, 'a=rtpmap:126', 'a=fmtp:126 0-16\r\na=rtpmap:126');

  assert.deepEqual(chosen(chromium, audio('opus')), ['111 opus useinbandfec=1']);
  assert.deepEqual(chosen(chromium, audio('opus', 'telephone-event')), [
    '111 opus useinbandfec=1',
    '110 telephone-event 0-15',
  ]);
  assert.deepEqual(chosen(events, audio('telephone-event', 'PCMU')), ['0 PCMU', '126 telephone-event 0-16']);
  assert.deepEqual(chosen(readFixture('firefox-like-offer.sdp'), audio('opus', 'telephone-event')), [
    '109 opus useinbandfec=1;stereo=1',
    '101 telephone-event 0-15',
  ]);
  assert.deepEqual(chosen(chromium, audio('telephone-event')), []);
});

test('H264 is taken in the profile that most decode, whatever stands first', () => {
  const fmtp = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f';

  assert.deepEqual(chosen(chromium, video('H264')), [`108 H264 ${fmtp}`]);
  assert.deepEqual(chosen(readFixture('safari-like-offer.sdp'), video('H264')), [`98 H264 ${fmtp}`]);
});

test('H264 is taken in the profile that the plan names, or not at all', () => {
  const baseline = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f';
  const main = 'profile-level-id=4D0028';
  const high = 'packetization-mode=1;profile-level-id=64001f';

  assert.deepEqual(chosen(chromium, video('H264', baseline)), [`102 H264 ${baseline}`]);
  assert.deepEqual(chosen(chromium, video('H264', main)), [
    '116 H264 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f',
  ]);
  assert.deepEqual(chosen(chromium, video('H264', high)), []);
});

test('H264 profiles are equal by meaning, not by text', () => {
  const alike = edited(chromium, /profile-level-id=42e01f/, 'profile-level-id=4df028');
  const constrained = 'packetization-mode=1;profile-level-id=42e01f';

  assert.match(chosen(alike, video('H264', constrained))[0] ?? '', /^108 H264/);
});

test('VP9 and AV1 are matched by profile, 0 unless given', () => {
  const bare = edited(chromium, 'a=fmtp:98 profile-id=0\r\n', '');

  assert.deepEqual(chosen(chromium, video('VP9')), ['98 VP9 profile-id=0']);
  assert.deepEqual(chosen(bare, video('VP9', 'profile-id=0')), ['98 VP9']);
  assert.deepEqual(chosen(chromium, video('VP9', 'profile-id=2')), ['100 VP9 profile-id=2']);
  assert.deepEqual(chosen(chromium, video('AV1')), ['45 AV1 profile=0;level-idx=5;tier=0']);
});

test('a payload type that would be taken for RTCP is not used', () => {
  const offer = edited(edited(chromium, 'SAVPF 111', 'SAVPF 72'), 'rtpmap:111', 'rtpmap:72');

  assert.deepEqual(chosen(offer, audio('opus', 'PCMU')), ['0 PCMU']);
});
