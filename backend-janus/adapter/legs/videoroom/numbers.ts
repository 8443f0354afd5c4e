import { JanusError } from '#janus/client';
import type { Random } from '#services/kernel';

/** So many numbers are tried; among 2^53 the second one is free, unless Janus means something else. */
const mostTries = 5;

/** The high part of a number that stays an integer in JSON: 53 bits in all. */
const highBits = 2 ** 21;

/**
 * Does something under a random number that Janus does not have yet, and gives that number. `taken` is the error of Janus
 * for one it has. Rejects as `attempt` does.
 */
export async function underFreeNumber(
  random: Random,
  taken: number,
  attempt: (number: number) => Promise<void>,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const number = positive(random);
    try {
      await attempt(number);
      return number;
    } catch (cause) {
      const isTaken = cause instanceof JanusError && cause.number === taken && cause.plugin !== undefined;
      if (!isTaken || tries === mostTries) throw cause;
    }
  }
}

/** From 1 to 2^53 - 1. */
function positive(random: Random): number {
  return Math.max(1, (random.uint32() % highBits) * 2 ** 32 + random.uint32());
}
