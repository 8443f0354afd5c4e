import assert from 'node:assert/strict';
import test from 'node:test';
import { openBroker, waysOf } from '../../bench/control/broker-door.ts';
import { nothingToFinish } from '../../bench/control/door.ts';
import { closedLoop, openLoop } from '../../bench/control/loops.ts';

for (const way of waysOf())
  test(`the broker answers what the bench asks over ${way}`, async () => {
    await using door = await openBroker(way, { core: 0, flags: [] });
    const finish = await door.renew();

    const short = await openLoop(door.operations.short, 200, 500);
    const echoes = await closedLoop(door.operations.echo, 2, 500);
    await finish();

    assert.deepEqual([short.timesMs.length, short.failed, echoes.failed], [100, 0, 0]);
    assert.ok(echoes.timesMs.length > 0);
  });

test('a server that stops for a while is late for all who should have asked meanwhile', async () => {
  let asked = 0;
  const pauseMs = 100;
  const work = async () => {
    asked += 1;
    const until = performance.now() + (asked === 10 ? pauseMs : 0);
    while (performance.now() < until);
    return await Promise.resolve(nothingToFinish);
  };

  const { timesMs, lagsMs } = await openLoop(work, 1000, 200);

  assert.equal(timesMs.length, 200);
  // All who should have asked in the first half of the pause waited for the second.
  assert.ok(timesMs.filter((ms) => ms >= pauseMs / 2).length >= pauseMs / 2 - 1);
  assert.ok(lagsMs.filter((ms) => ms >= pauseMs / 2).length >= pauseMs / 2 - 2);
});

test('a request that is refused is counted, and is no time', async () => {
  const refuse = (): Promise<never> => Promise.reject(new Error('refused'));

  const { timesMs, failed } = await openLoop(refuse, 1000, 20);

  assert.deepEqual([timesMs.length, failed], [0, 20]);
});
