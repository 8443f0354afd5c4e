import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentPackets } from '../../../../backend-janus/media/send/sent-packets.ts';

test('a number goes out once', () => {
  const sent = new SentPackets();

  assert.equal(sent.note(70_000), true);
  assert.equal(sent.note(70_000), false);
  assert.equal(sent.note(70_000 + 512), true);
  assert.equal(sent.note(70_000), false);
});

test('repeats wait 40 ms, then twice as long each time, up to a second', () => {
  const sent = new SentPackets();
  sent.note(70_000);
  const repeated: number[] = [];
  for (let now = 1; now < 5000; now += 1) {
    if (!sent.mayRepeat(70_000, now)) continue;
    sent.noteRepeat(70_000, now);
    repeated.push(now);
  }

  assert.deepEqual(repeated, [1, 41, 121, 281, 601, 1241, 2241, 3241, 4241]);
});

test('a packet that never went out may be repeated, and then no longer goes out by itself', () => {
  const sent = new SentPackets();

  assert.equal(sent.mayRepeat(70_000, 0), true);
  sent.noteRepeat(70_000, 0);
  assert.equal(sent.mayRepeat(70_000, 39), false);
  assert.equal(sent.note(70_000), false);
});

test('a packet whose place is taken by a newer one is not repeated', () => {
  const sent = new SentPackets();
  sent.note(70_000);
  sent.note(70_512);

  assert.equal(sent.mayRepeat(70_000, 0), false);
});
