import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyframeRequests } from '../../../../backend-janus/media/forward/keyframe-requests.ts';

function start(): { requests: KeyframeRequests; asked: () => number } {
  let asked = 0;
  return { requests: new KeyframeRequests(() => (asked += 1)), asked: () => asked };
}

test('requests within half a second are one more request when it ends', () => {
  const { requests, asked } = start();
  for (let now = 5; now < 505; now += 50) requests.ask(now);
  assert.equal(asked(), 1);

  requests.tick(504);
  assert.equal(asked(), 1);
  requests.tick(505);
  requests.tick(9000);
  assert.equal(asked(), 2);
});

test('a keyframe satisfies all who asked before it', () => {
  const { requests, asked } = start();
  requests.ask(0);
  requests.ask(10);

  requests.satisfy();
  requests.tick(5000);

  assert.equal(asked(), 1);
});
