import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NegotiationError, parseSdp } from '#janus/media';
import { bombs, head } from '../../../fixtures/sdp/bombs.ts';
import { readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const audio = 'm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n';

/** `line` for each number up to `count`. */
function lines(count: number, line: (number: number) => string): string {
  return Array.from({ length: count }, (_, at) => `${line(at)}\r\n`).join('');
}

/** The most that is accepted, and then what one more is called. */
const edges = [
  ['SDP has more than 2000 lines', (extra: number) => head + audio + lines(1_995 + extra, () => 'a=x')],
  ['SDP has more than 64 m-lines', (extra: number) => head + lines(64 + extra, () => audio.trim())],
  [
    'SDP has more than 64 candidates in one m-line',
    (extra: number) => head + audio + lines(64 + extra, (n) => `a=candidate:${n}`),
  ],
  [
    'SDP has more than 512 ssrc lines',
    (extra: number) =>
      head + audio + lines(256, (n) => `a=ssrc:${n}`) + audio + lines(256 + extra, (n) => `a=ssrc:${n}`),
  ],
  [
    'SDP has more than 32 header extensions in one m-line',
    (extra: number) => head + audio + lines(32 + extra, (n) => `a=extmap:${n} urn:x`),
  ],
  [
    'SDP line 6: longer than 4096 characters',
    (extra: number) => `${head}${audio}a=${'x'.repeat(4_094 + extra)}`,
  ],
  [
    'SDP is longer than 65536 bytes',
    (extra: number) => `${head}${audio}`.padEnd(65_536 + extra, `a=${'x'.repeat(1_000)}\r\n`),
  ],
  [
    'SDP is longer than 65536 bytes',
    (extra: number) => {
      const text = `${head}${audio}`.padEnd(65_536 - 400, `a=${'x'.repeat(1_000)}\r\n`);
      return `${text}\r\na=${'\u00e9'.repeat(198)}${'x'.repeat(extra)}`;
    },
  ],
] as const;

for (const [message, make] of edges) {
  test(`${message}: the last one within the limit is accepted`, () => {
    assert.doesNotThrow(() => parseSdp(make(0)));
    assert.throws(() => parseSdp(make(1)), new NegotiationError(message));
  });
}

for (const { name, sdp } of bombs) {
  test(`a bomb is refused by a named limit: ${name}`, () => {
    assert.throws(
      () => parseSdp(sdp),
      (error) =>
        error instanceof NegotiationError && /^SDP (is longer|has more|line \d+: longer)/.test(error.message),
    );
  });
}

test('feedback for all payload types stays small for each of them', () => {
  const types = Array.from({ length: 120 }, (_, at) => at);
  const video = `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(' ')}\r\n`;
  const offered = lines(120, (n) => `a=rtpmap:${n} x${n}/90000`) + lines(1_800, (n) => `a=rtcp-fb:* x${n}`);
  const [media] = parseSdp(head + video + offered).media;

  assert.equal(media?.codecs.length, 120);
  assert.ok(media.codecs.every(({ feedback }) => feedback.length <= 32));
});

test('the drafts of simulcast are read', () => {
  const [media] = parseSdp(`${head}${audio}a=simulcast: send rid=h;~m\r\n`).media;

  assert.deepEqual(media?.simulcast?.send, [
    { rid: 'h', isPaused: false },
    { rid: 'm', isPaused: true },
  ]);
});

const fixtures = [
  'chromium-echo-offer.sdp',
  'chromium-simulcast-offer.sdp',
  'janus-echo-answer.sdp',
  'firefox-like-offer.sdp',
].map(readFixture);

test('a description cut at any length is read or refused', () => {
  let accepted = 0;
  for (const text of fixtures) {
    for (let length = 0; length <= text.length; length += 1) {
      accepted += outcome(text.slice(0, length));
    }
  }

  assert.ok(accepted > fixtures.length);
});

test('any byte in any place is read or refused', () => {
  const text = readFixture('janus-simulcast-answer.sdp');
  const values = [0, 9, 10, 13, 32, 45, 47, 48, 58, 59, 61, 97, 109, 127, 128, 255];
  let refused = 0;
  for (let at = 0; at < text.length; at += 1) {
    for (const value of values) {
      refused += 1 - outcome(text.slice(0, at) + String.fromCharCode(value) + text.slice(at + 1));
    }
  }

  assert.ok(refused > 0);
});

/** 1 if it was read; 0 if it was refused in the only way there is. */
function outcome(sdp: string): 0 | 1 {
  try {
    parseSdp(sdp);
    return 1;
  } catch (error) {
    if (error instanceof NegotiationError) return 0;
    throw error;
  }
}
