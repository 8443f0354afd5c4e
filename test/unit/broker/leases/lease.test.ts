import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lease } from '../../../../services/broker/leases/lease.ts';

test('a lease lapses when its time has passed, once', () => {
  const lease = new Lease(1000, 50);

  assert.equal(lease.deadline, 1050);
  assert.deepEqual(lease.tick(1049), []);
  assert.deepEqual(lease.tick(1050), [{ type: 'lapsed', reason: 'expired' }]);
  assert.deepEqual(lease.tick(2000), []);
  assert.deepEqual(lease.handle({ type: 'close' }, 2000), []);
  assert.equal(lease.deadline, undefined);
});

test('renewing starts its time anew, and does not bring it back', () => {
  const lease = new Lease(1000, 0);

  assert.deepEqual(lease.handle({ type: 'renew' }, 900), []);
  assert.equal(lease.deadline, 1900);
  assert.deepEqual(lease.handle({ type: 'close' }, 1000), [{ type: 'lapsed', reason: 'closed' }]);
  assert.deepEqual(lease.handle({ type: 'renew' }, 1001), []);
  assert.equal(lease.deadline, undefined);
});
