import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamPlan } from '#janus/media';
import { answer, audio, data, section, video } from '../../../fixtures/sdp/answering.ts';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const chromium = readFixture('chromium-echo-offer.sdp');

const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
/** RFC 3264 section 6.1: a row per offered direction, a column per planned one, in the order above. */
const answered = {
  sendrecv: ['sendrecv', 'sendonly', 'recvonly', 'inactive'],
  sendonly: ['recvonly', 'inactive', 'recvonly', 'inactive'],
  recvonly: ['sendonly', 'sendonly', 'inactive', 'inactive'],
  inactive: ['inactive', 'inactive', 'inactive', 'inactive'],
} as const;

for (const offered of directions) {
  for (const [column, planned] of directions.entries()) {
    const expected = answered[offered][column] ?? 'inactive';
    test(`${offered} offered and ${planned} planned is ${expected}`, () => {
      const session = answer(edited(chromium, 'a=sendrecv', `a=${offered}`), [
        { ...audio, direction: planned },
        video,
        data,
      ]);
      const sending = expected === 'sendrecv' || expected === 'sendonly';

      assert.equal(session.media[0]?.direction, expected);
      assert.ok(section(session, 0).includes(`a=${expected}`));
      assert.equal(session.media[0].isRejected, false);
      assert.equal(session.media[0].send !== undefined, sending);
      assert.equal(
        section(session, 0).some((line) => line.startsWith('a=ssrc:')),
        sending,
      );
      assert.equal(
        session.media[0].receive !== undefined,
        expected === 'sendrecv' || expected === 'recvonly',
      );
    });
  }
}

const setups = [
  ['actpass', undefined, 'passive'],
  ['actpass', 'active', 'active'],
  ['actpass', 'passive', 'passive'],
  ['active', undefined, 'passive'],
  ['passive', undefined, 'active'],
] as const;

for (const [offered, kept, ours] of setups) {
  test(`setup ${offered} is answered ${ours}${kept ? ` by who is ${kept}` : ''}`, () => {
    const offer = edited(chromium, 'a=setup:actpass', `a=setup:${offered}`);
    const session = answer(offer, undefined, kept === undefined ? {} : { dtlsRole: kept });

    assert.equal(session.dtlsRole, ours);
    assert.equal(session.transport.setup, offered);
    assert.equal(session.sdp.match(/a=setup:(\w+)/g)?.join(' '), `a=setup:${ours} `.repeat(3).trim());
  });
}

test('an offer without setup leaves us the choice', () => {
  assert.equal(answer(edited(chromium, 'a=setup:actpass\r\n', '')).dtlsRole, 'passive');
});

const rejections: readonly (readonly [string, string, readonly StreamPlan[]])[] = [
  ['has no plan', chromium, [audio, data]],
  ['has no common codec', chromium, [audio, { ...video, codecs: ['H266'] }, data]],
  ['was planned as another kind', chromium, [audio, { ...audio, mid: '1' }, data]],
  ['is not in the bundle', edited(chromium, 'BUNDLE 0 1 2', 'BUNDLE 0 2'), [audio, video, data]],
  [
    'has no rtcp-mux',
    edited(chromium, /(a=msid:- 0b22b8cb.*\r\n)a=rtcp-mux\r\n/, '$1'),
    [audio, video, data],
  ],
  [
    'is not protected',
    edited(chromium, 'm=video 9 UDP/TLS/RTP/SAVPF', 'm=video 9 RTP/AVP'),
    [audio, video, data],
  ],
  ['was rejected by the peer', edited(chromium, 'm=video 9', 'm=video 0'), [audio, video, data]],
];

for (const [reason, offer, plans] of rejections) {
  test(`an m-line that ${reason} keeps its place with port 0`, () => {
    const session = answer(offer, plans);
    const protocol = offer.includes('RTP/AVP') ? 'RTP/AVP' : 'UDP/TLS/RTP/SAVPF';

    assert.deepEqual(section(session, 1), [
      `m=video 0 ${protocol} 96`,
      'c=IN IP4 0.0.0.0',
      'a=mid:1',
      'a=inactive',
    ]);
    assert.ok(session.sdp.includes('a=group:BUNDLE 0 2\r\n'));
    assert.deepEqual(
      session.media.map(({ isRejected }) => isRejected),
      [false, true, false],
    );
    assert.deepEqual(session.media[1], {
      mid: '1',
      index: 1,
      kind: 'video',
      isRejected: true,
      direction: 'inactive',
    });
  });
}

test('one m-line carries all data channels; a second is rejected', () => {
  const second = edited(chromium.slice(chromium.indexOf('m=application')), 'a=mid:2', 'a=mid:3');
  const offer = edited(chromium, 'BUNDLE 0 1 2', 'BUNDLE 0 1 2 3') + second;
  const session = answer(offer, [audio, video, data, { ...data, mid: '3' }]);

  assert.deepEqual(
    session.media.map(({ isRejected }) => isRejected),
    [false, false, false, true],
  );
  assert.equal(section(session, 3)[0], 'm=application 0 UDP/DTLS/SCTP webrtc-datachannel');
});

test('an m-line of a kind that we do not know is rejected', () => {
  const offer = `${edited(chromium, 'BUNDLE 0 1 2', 'BUNDLE 0 1 2 3')}m=text 9 RTP/AVP 98\r\na=mid:3\r\n`;
  const session = answer(offer);

  assert.deepEqual(section(session, 3), ['m=text 0 RTP/AVP 98', 'c=IN IP4 0.0.0.0', 'a=mid:3', 'a=inactive']);
  assert.equal(session.media[3]?.kind, 'other');
});

test('without a bundle group the first m-line stands alone', () => {
  const offer = edited(chromium, 'a=group:BUNDLE 0 1 2\r\n', '');

  assert.deepEqual(
    answer(offer).media.map(({ isRejected }) => isRejected),
    [false, true, true],
  );
});

test('an m-line without mid is answered without one', () => {
  const offer = edited(edited(chromium, 'a=group:BUNDLE 0 1 2\r\n', ''), /^a=mid:.*\r\n/, '');
  const session = answer(offer);

  assert.ok(!session.sdp.includes('a=mid'));
  assert.ok(!session.sdp.includes('a=group'));
  assert.equal(session.media[0]?.isRejected, false);
});
