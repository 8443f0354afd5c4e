import { parentPort } from 'node:worker_threads';

/**
 * The thread of a pacer: sleeps until each moment comes, and says which it was. Its arguments are the first moment, as
 * `performance.timeOrigin + performance.now()` in milliseconds, the number of moments, and how many come in a second.
 */
const [startAt = NaN, count = 0, perSecond = NaN] = process.argv.slice(2).map(Number);
const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

for (let next = 0; next < count; next += 1) {
  const dueAt = startAt + (1000 * next) / perSecond;
  const ms = dueAt - (performance.timeOrigin + performance.now());
  if (ms > 0) Atomics.wait(sleeper, 0, 0, ms);
  parentPort?.postMessage(dueAt);
}
