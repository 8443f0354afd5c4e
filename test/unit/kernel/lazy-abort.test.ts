import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LazyAbort } from '#services/kernel';

test('a signal that somebody looks at is aborted with the first reason', () => {
  const abort = new LazyAbort();
  assert.equal(abort.isWatched, false);
  const { signal } = abort;
  const heard: unknown[] = [];
  signal.addEventListener('abort', () => heard.push(signal.reason));
  assert.deepEqual([abort.signal, abort.isWatched, signal.aborted], [signal, true, false]);

  abort.abort('first');
  abort.abort('second');

  assert.deepEqual([heard, signal.reason, abort.isAborted], [['first'], 'first', true]);
});

test('who looks late finds it aborted', () => {
  const abort = new LazyAbort();

  abort.abort('over');

  assert.equal(abort.isWatched, false);
  assert.deepEqual([abort.signal.aborted, abort.signal.reason], [true, 'over']);
});

test('an owner that needs no signal is told once', () => {
  const abort = new LazyAbort();
  let told = 0;
  abort.onAbort = () => (told += 1);

  abort.abort();
  abort.abort();

  assert.deepEqual([told, abort.isWatched], [1, false]);
});
