import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NegotiationError, offeredStreams, parseSdp, requireTransport } from '#janus/media';
import { edited, readFixture } from '../../../fixtures/sdp/read-fixture.ts';

const chromium = readFixture('chromium-echo-offer.sdp');
const fingerprint = /^a=fingerprint:.*\r\n/;

function transport(sdp: string): ReturnType<typeof requireTransport> {
  return requireTransport(parseSdp(sdp));
}

test('the transport is that of the first m-line that can be accepted', () => {
  const other = edited(chromium, /(m=video.*\r\n.*\r\n.*\r\n)a=ice-ufrag:0lrt/, '$1a=ice-ufrag:video');

  assert.equal(transport(other).iceUfrag, '0lrt');
  assert.equal(transport(edited(other, 'm=audio 9', 'm=audio 0')).iceUfrag, 'video');
  assert.equal(transport(chromium).setup, 'actpass');
  assert.equal(transport(chromium).isIceLite, false);
  assert.equal(transport(edited(chromium, 't=0 0', 't=0 0\r\na=ice-lite')).isIceLite, true);
  assert.equal(transport(readFixture('chromium-gathered-offer.sdp')).candidates.length, 4);
});

const refusals = [
  ['no fingerprint', edited(chromium, fingerprint, ''), /^SDP has no fingerprint for mid 0$/],
  [
    'only weak fingerprints',
    edited(chromium, 'sha-256', 'sha-1'),
    /^SDP has no fingerprint of sha-256 or better/,
  ],
  ['md5', edited(chromium, 'sha-256', 'md5'), /^SDP has no fingerprint of sha-256 or better/],
  ['a fingerprint of the wrong length', edited(chromium, 'sha-256 12:', 'sha-256 '), /of sha-256 or better/],
  ['an unknown hash', edited(chromium, 'sha-256', '__proto__'), /of sha-256 or better/],
  ['no user fragment', edited(chromium, /^a=ice-ufrag:.*\r\n/, ''), /^SDP has no ICE credentials for mid 0$/],
  ['no password', edited(chromium, /^a=ice-pwd:.*\r\n/, ''), /^SDP has no ICE credentials for mid 0$/],
  [
    'a short password',
    edited(chromium, /^a=ice-pwd:.*\r\n/, 'a=ice-pwd:short\r\n'),
    /^SDP has malformed ICE/,
  ],
  ['a wrong character', edited(chromium, 'a=ice-ufrag:0lrt', 'a=ice-ufrag:0 rt'), /^SDP has malformed ICE/],
  ['a connection on hold', edited(chromium, 'actpass', 'holdconn'), /on hold/],
  ['nothing bundled', edited(chromium, 'BUNDLE 0 1 2', 'BUNDLE x'), /^SDP has no m-line that shares one/],
] as const;

for (const [what, sdp, message] of refusals) {
  test(`an offer with ${what} is refused`, () => {
    assert.throws(
      () => transport(sdp),
      (error) => error instanceof NegotiationError && message.test(error.message),
    );
  });
}

test('of several fingerprints the weak ones are dropped', () => {
  const sdp = edited(chromium, /^(a=fingerprint:)(.*)\r\n/, '$1sha-1 00:11\r\n$1$2\r\n');

  assert.deepEqual(
    transport(sdp).fingerprints.map(({ algorithm }) => algorithm),
    ['sha-256'],
  );
});

test('streams that cannot be accepted are not offered to a plugin', () => {
  const streams = offeredStreams(parseSdp(edited(chromium, 'BUNDLE 0 1 2', 'BUNDLE 0 1')));

  assert.deepEqual(
    streams.map(({ mid }) => mid),
    ['0', '1'],
  );
});
