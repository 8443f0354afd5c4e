import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDtls } from '../../../../backend-janus/webrtc/dtls/self-check.ts';
import {
  requireKnown,
  weriftModules,
} from '../../../../backend-janus/webrtc/dtls/handshake/werift-modules.ts';

const knownDigest = '70ff7f34b26f0fca13773dd9356cd1b8de30ed84760cd35ffe326be975c35be9';

test('the installed werift is the known one, and every fraud is refused', () => {
  checkDtls();
  checkDtls();
});

test('the parts of werift are loaded and replaced once', () => {
  assert.equal(weriftModules(), weriftModules());
});

test('another version or another text of werift is refused with a sentence', () => {
  requireKnown('{"version":"0.24.4"}', knownDigest);

  for (const [description, digest] of [
    ['{"version":"0.24.5"}', knownDigest],
    ['{"version":"0.24.4"}', knownDigest.replace('7', '8')],
    ['{}', knownDigest],
  ] as const)
    assert.throws(() => requireKnown(description, digest), /werift 0\.24\.4 unchanged is needed/);
});
