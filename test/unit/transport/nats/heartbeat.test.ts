import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from '../../../../services/transport/nats/heartbeat.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('beats at once and then every second, until disposed', () => {
  const clock = new FakeClock();
  const beats: number[] = [];
  const heartbeat = new Heartbeat(clock, () => beats.push(clock.now()));

  clock.advance(2500);
  heartbeat[Symbol.dispose]();
  clock.advance(5000);

  assert.deepEqual(beats, [0, 1000, 2000]);
  assert.equal(clock.pending, 0);
});
