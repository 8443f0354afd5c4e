import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ntpFraction, ntpMiddle, ntpSeconds, wallTimeOf } from '#janus/media';

/** The example of RFC 3550 section 6.4.1: 10 November 1995, 11:33:25.125 UTC. */
const exampleMs = Date.UTC(1995, 10, 10, 11, 33, 25, 125);

test('the example of RFC 3550 has the seconds, fraction and middle that the RFC gives', () => {
  assert.equal(ntpSeconds(exampleMs), 0xb44db705);
  assert.equal(ntpFraction(exampleMs), 0x20000000);
  assert.equal(ntpMiddle(exampleMs), 0xb7052000);
});

test('wall time survives the way to NTP and back, also in the era that begins in 2036', () => {
  for (const wallTimeMs of [0, exampleMs, Date.UTC(2036, 1, 8), Date.UTC(2100, 0, 1, 0, 0, 0, 999)]) {
    const back = wallTimeOf(ntpSeconds(wallTimeMs), ntpFraction(wallTimeMs));

    assert.ok(Math.abs(back - wallTimeMs) < 0.001, `${back} is not ${wallTimeMs}`);
  }
});
