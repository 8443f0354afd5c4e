import { rounded } from './figures.ts';
import type { ProbedBroker } from './probed-broker.ts';

/** No input may keep the event loop busy for longer. */
export const mostStallMs = 50;

const mostTurns = 3;

/**
 * The longest turn of the broker's event loop while `work` runs, in milliseconds. What is too long is measured again
 * with the same inputs: what an input costs it costs each time, what the machine did it does not do again.
 */
export async function leastStall(broker: ProbedBroker, work: () => Promise<void>): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < mostTurns && least > mostStallMs; turn += 1) {
    await broker.stall();
    await work();
    least = Math.min(least, (await broker.stall()).longestMs);
  }
  return rounded(least);
}
