import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressTable } from '../../../../backend-janus/webrtc/ice/address-table.ts';

test('a value is found by address and port together', () => {
  const table = new AddressTable<string>();
  table.set({ address: '192.0.2.1', port: 1 }, 'one');
  table.set({ address: '192.0.2.2', port: 1 }, 'two');
  table.set({ address: '192.0.2.1', port: 2 }, 'three');
  table.set({ address: '192.0.2.1', port: 1 }, 'four');

  assert.equal(table.get({ address: '192.0.2.1', port: 1 }), 'four');
  assert.equal(table.get({ address: '192.0.2.2', port: 1 }), 'two');
  assert.equal(table.get({ address: '192.0.2.1', port: 2 }), 'three');
  assert.equal(table.get({ address: '192.0.2.2', port: 2 }), undefined);
  assert.equal(table.size, 3);
});

test('what is deleted is gone, once', () => {
  const table = new AddressTable<string>();
  table.set({ address: '192.0.2.1', port: 1 }, 'one');

  table.delete({ address: '192.0.2.9', port: 1 });
  assert.equal(table.size, 1);
  table.delete({ address: '192.0.2.1', port: 1 });
  table.delete({ address: '192.0.2.1', port: 1 });

  assert.equal(table.size, 0);
  assert.equal(table.get({ address: '192.0.2.1', port: 1 }), undefined);
});
