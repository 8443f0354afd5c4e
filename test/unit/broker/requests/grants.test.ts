import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGranted } from '../../../../services/broker/requests/grants.ts';

test('a grant names a command, or any in a part', () => {
  assert.equal(isGranted(['session.create'], 'session.create'), true);
  assert.equal(isGranted(['session.*'], 'session.create'), true);
  assert.equal(isGranted(['*.create'], 'session.create'), true);
  assert.equal(isGranted(['*'], 'session.create'), true);
});

test('what was not granted is not', () => {
  assert.equal(isGranted([], 'session.create'), false);
  assert.equal(isGranted(['room.*', 'session.destroy'], 'session.create'), false);
  assert.equal(isGranted(['session'], 'session.create'), false);
});
