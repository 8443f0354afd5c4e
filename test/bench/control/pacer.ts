import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Before the first tick, in milliseconds: the thread must be there by then. */
const headStartMs = 200;

/**
 * Calls `tick` `perSecond` times a second, `count` times in all, with the moment at which it was due, as of
 * `performance.now`. A thread keeps the time, since a timer of Node is up to a millisecond late, and a loop that
 * never sleeps takes its core away from all others there. Resolves after the last tick.
 */
export async function pace(
  count: number,
  perSecond: number,
  tick: (intendedAt: number) => void,
): Promise<void> {
  const { timeOrigin } = performance;
  const startAt = timeOrigin + performance.now() + headStartMs;
  const argv = [startAt, count, perSecond];
  const thread = new Worker(new URL(import.meta.resolve('./pacer-thread.js')), { argv });
  thread.on('message', (dueAt: number) => tick(dueAt - timeOrigin));
  await once(thread, 'exit');
}
