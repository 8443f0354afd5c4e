import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areIceCredentials, makeIceCredentials } from '../../../../backend-janus/webrtc/ice/credentials.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

test('credentials are long enough, made of ice-chars, and differ', () => {
  const random = new SeededRandom();
  const made = Array.from({ length: 100 }, () => makeIceCredentials(random));

  assert.ok(made.every(areIceCredentials));
  assert.equal(new Set(made.map(({ ufrag }) => ufrag)).size, 100);
  assert.equal(new Set(made.map(({ password }) => password)).size, 100);
});

test('what RFC 8839 does not allow is seen', () => {
  const password = 'p'.repeat(22);

  assert.equal(areIceCredentials({ ufrag: 'abcd', password }), true);
  assert.equal(areIceCredentials({ ufrag: 'abc', password }), false);
  assert.equal(areIceCredentials({ ufrag: 'ab:d', password }), false);
  assert.equal(areIceCredentials({ ufrag: 'abcd', password: 'p'.repeat(21) }), false);
});
