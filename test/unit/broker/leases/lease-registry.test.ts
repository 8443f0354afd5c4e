import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, LeaseRegistry } from '#services/broker';
import { createLog } from '#services/kernel';
import { FakeClock } from '../../../support/fake-clock.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

function start(mostLeases?: number): { readonly clock: FakeClock; readonly leases: LeaseRegistry } {
  const clock = new FakeClock();
  const parts = { clock, random: new SeededRandom(), log: createLog('silent', {}), node: 'node0001' };
  return { clock, leases: new LeaseRegistry({ ...parts, ...(mostLeases && { mostLeases }) }) };
}

test('whoever holds on to a lease is told once that it lapsed', () => {
  const { clock, leases } = start();
  const lease = leases.open(1000, anyone);
  const told: string[] = [];
  lease.onGone(() => told.push('one'));
  lease.onGone(() => told.push('other'))[Symbol.dispose]();

  clock.advance(1000);
  lease.close();
  clock.advance(5000);

  assert.deepEqual(told, ['one']);
  assert.deepEqual([leases.size, clock.pending], [0, 0]);
});

test('whoever holds on to a lease that lapsed is told soon', async () => {
  const { clock, leases } = start();
  const lease = leases.open(1000, anyone);
  lease.close();
  let isTold = false;

  lease.onGone(() => (isTold = true));
  assert.equal(isTold, false);
  await clock.run(0);

  assert.equal(isTold, true);
});

test('there are no more leases than may be, and one that lapses makes room', () => {
  const { leases } = start(2);
  const first = leases.open(1000, anyone);
  leases.open(1000, anyone);

  assert.throws(() => leases.open(1000, anyone), { code: 'overload' });
  first.close();

  assert.equal(leases.open(1000, anyone).ttlMs, 1000);
});

test('a registry that is disposed forgets its leases without a word, and takes no more', () => {
  const { clock, leases } = start();
  const lease = leases.open(1000, anyone);
  lease.onGone(() => assert.fail('told'));

  leases[Symbol.dispose]();
  clock.advance(5000);

  assert.deepEqual([leases.size, clock.pending], [0, 0]);
  assert.throws(() => leases.open(1000, anyone), { code: 'draining' });
});
