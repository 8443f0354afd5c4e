import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NackGenerator } from '#janus/media';

function after(...numbers: readonly number[]): NackGenerator {
  const generator = new NackGenerator();
  for (const number of numbers) generator.received(number, 0);
  return generator;
}

test('a gap is asked for after a moment, once more later, and then given up', () => {
  const generator = after(100, 103);

  assert.equal(generator.deadline, 12);
  assert.deepEqual(generator.due(11), []);
  assert.deepEqual(generator.due(12), [101, 102]);
  assert.equal(generator.deadline, 167);
  assert.deepEqual(generator.due(166), []);
  assert.deepEqual(generator.due(167), [101, 102]);
  assert.equal(generator.deadline, undefined);
  assert.deepEqual(generator.due(10_000), []);
});

test('the second try waits for a long round trip', () => {
  const generator = after(100, 102);
  generator.due(12, 400);

  assert.deepEqual(generator.due(411, 400), []);
  assert.deepEqual(generator.due(412, 400), [101]);
});

test('a packet that was only late is not asked for', () => {
  const generator = after(100, 103);
  generator.received(101, 5);

  assert.deepEqual(generator.due(12), [102]);
});

test('a newer gap does not hold up an older one', () => {
  const generator = after(100, 102);
  generator.received(104, 6);

  assert.deepEqual(generator.due(12), [101]);
  assert.deepEqual(generator.due(18), [103]);
});

test('nothing older than a keyframe is asked for', () => {
  const generator = after(100, 103, 105);

  generator.keyframe(103);

  assert.deepEqual(generator.due(12), [104]);
});

test('a gap longer than the list is not asked for at all', () => {
  assert.equal(after(100, 102, 300).deadline, undefined);
});

test('the list holds the latest 160', () => {
  const generator = after(...Array.from({ length: 200 }, (_, index) => 2 * index));

  const asked = generator.due(12);
  assert.equal(asked.length, 160);
  assert.equal(asked.at(-1), 397);
});

test('numbers to ask for are as on the wire', () => {
  assert.deepEqual(after(65_535, 65_538).due(12), [0, 1]);
});
