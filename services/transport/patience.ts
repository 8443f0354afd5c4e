import type { Clock } from '#services/kernel';

/** Waits until `promise` settles, whichever way, or `ms` have passed; true if it settled. Never rejects. */
export function waitAtMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.at(clock.now() + ms, () => resolve(false));
    const settled = (): void => {
      timer[Symbol.dispose]();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
