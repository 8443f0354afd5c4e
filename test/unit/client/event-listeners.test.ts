import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JanusEvent } from '#janus/protocol';
import { EventListeners } from '../../../backend-janus/client/event-listeners.ts';

const event: JanusEvent = { janus: 'timeout' };

function ignore(): void {
  // Counted, not told.
}

test('a session without listeners is forgotten', () => {
  const listeners = new EventListeners(assert.ifError);
  const one = listeners.add(1, ignore);
  const two = listeners.add(1, ignore);

  one[Symbol.dispose]();
  const before = listeners.size;
  two[Symbol.dispose]();

  assert.deepEqual([before, listeners.size], [1, 0]);
});

test('leaving twice does not take away who came later', () => {
  const listeners = new EventListeners(assert.ifError);
  const told: string[] = [];
  const left = listeners.add(1, ignore);
  left[Symbol.dispose]();
  listeners.add(1, ({ janus }) => told.push(janus));

  left[Symbol.dispose]();
  listeners.tell(1, event);

  assert.deepEqual(told, ['timeout']);
});

test('a listener that throws is reported, and the next one is told', () => {
  const faults: unknown[] = [];
  const listeners = new EventListeners((cause) => faults.push(cause));
  const told: string[] = [];
  listeners.add(1, () => {
    throw new Error('a bug');
  });
  listeners.add(1, ({ janus }) => told.push(janus));

  listeners.tell(1, event);

  assert.equal(faults.length, 1);
  assert.deepEqual(told, ['timeout']);
});
