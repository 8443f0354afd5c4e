import { setTimeout as delay } from 'node:timers/promises';

/** How long an interop test waits between two looks. */
const betweenLooksMs = 25;

/**
 * Looks again and again until `look` neither throws nor returns undefined or false, and gives what it returned.
 * Throws what the last look threw, or says which condition was not met within `ms`.
 */
export async function eventually<Result>(
  condition: string,
  ms: number,
  look: () => Result | Promise<Result>,
): Promise<Exclude<Result, undefined | false>> {
  const deadline = performance.now() + ms;
  for (;;) {
    let cause: unknown;
    try {
      const result = await look();
      if (isMet(result)) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${condition}`, { cause });
    await delay(betweenLooksMs);
  }
}

function isMet<Result>(result: Result): result is Exclude<Result, undefined | false> {
  return result !== undefined && result !== false;
}
