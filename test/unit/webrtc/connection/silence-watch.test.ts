import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch, type Silence } from '../../../../backend-janus/webrtc/connection/silence-watch.ts';

/** What a watch of 10 and 30 finds at 1, 2, 3 … with a check and another packet last at the given times. */
function watch(checks: (now: number) => number, packets: (now: number) => number): string[] {
  const silence = new SilenceWatch({ warnAfterMs: 10, endAfterMs: 30 });
  const found: string[] = [];
  for (let now = 1; now <= 50; now += 1) {
    const what: Silence = silence.look(now, checks(now), packets(now));
    if (what !== 'alive') found.push(`${now} ${what}`);
    if (what !== 'alive' && what !== 'silent') break;
  }
  return found;
}

const never = (): number => -Infinity;

test('a peer that stops everything is told of once, and ends', () => {
  assert.deepEqual(
    watch(() => 0, never),
    ['10 silent', '30 media_timeout'],
  );
});

test('media that stops later than the checks is heeded', () => {
  assert.deepEqual(
    watch(
      () => 0,
      (now) => Math.min(now, 5),
    ),
    ['15 silent', '30 media_timeout'],
  );
});

test('a peer that goes on checking stays, with and without media', () => {
  assert.deepEqual(
    watch((now) => now, never),
    [],
  );
  assert.deepEqual(
    watch(
      (now) => now - (now % 9),
      () => 3,
    ),
    [],
  );
});

test('a peer that sends media and checks no more has taken its consent back', () => {
  assert.deepEqual(
    watch(
      () => 0,
      (now) => now,
    ),
    ['30 ice_failed'],
  );
});

test('a second silence is told of again', () => {
  const checks = (now: number): number => (now < 15 ? 0 : now < 18 ? now : 17);

  assert.deepEqual(watch(checks, never), ['10 silent', '27 silent', '47 media_timeout']);
});
