import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processLoad } from '#services/telemetry';
import { FakeClock } from '../../support/fake-clock.ts';

test('the load is the share of the time since the call before, a whole core at most', () => {
  const clock = new FakeClock();
  const load = processLoad(clock);

  assert.equal(load(), 0, 'no time has passed');
  clock.advance(1e12);
  const idle = load();
  for (let sum = 0; sum < 3e7; sum += 1);
  clock.advance(0.001);

  assert.ok(idle < 0.001, String(idle));
  assert.equal(load(), 1);
});
