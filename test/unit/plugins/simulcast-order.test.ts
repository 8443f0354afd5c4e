import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromLowToHigh } from '../../../backend-janus/plugins/shared/simulcast-order.ts';

test('layers go by their names where those tell, or else the last one offered is the lowest', () => {
  assert.deepEqual(fromLowToHigh(['h', 'm', 'l'], undefined), ['l', 'm', 'h']);
  assert.deepEqual(fromLowToHigh(['l', 'm', 'h'], undefined), ['l', 'm', 'h']);
  assert.deepEqual(fromLowToHigh(['f', 'q'], undefined), ['q', 'f']);
  assert.deepEqual(fromLowToHigh(['a', 'b', 'c'], undefined), ['c', 'b', 'a']);
  assert.deepEqual(fromLowToHigh([], undefined), []);
});

test('the order that a client tells counts more than the names', () => {
  assert.deepEqual(fromLowToHigh(['h', 'm', 'l'], 'lmh'), ['h', 'm', 'l']);
  assert.deepEqual(fromLowToHigh(['l', 'm', 'h'], 'hml'), ['h', 'm', 'l']);
});
