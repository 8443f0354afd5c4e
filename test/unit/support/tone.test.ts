import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromMuLaw, sineSamples, toMuLaw, toneWindows } from '../../support/tone.ts';

test('a tone is known by its frequency, through µ-law too, and silence is none', () => {
  const sine = sineSamples(440, 8000, 0, 8000);
  const heard = sine.map((sample) => fromMuLaw(toMuLaw(sample)));

  assert.equal(toneWindows(heard, 8000, 440), 1);
  assert.equal(toneWindows(heard, 8000, 880), 0);
  assert.equal(toneWindows(new Int16Array(8000), 8000, 440), 0);
});

test('µ-law has the values of G.711', () => {
  assert.deepEqual([0, -1, 32_767, -32_768, 1000].map(toMuLaw), [0xff, 0x7f, 0x80, 0x00, 0xce]);
});
