import type { Clock } from '#services/kernel';

/** A promise that somebody else settles; nobody needs to wait for it. */
export interface Deferred<Result> {
  readonly promise: Promise<Result>;
  settle(result: Result): void;
  fail(cause: Error): void;
}

/** A promise to be settled from outside. */
export function deferred<Result>(): Deferred<Result> {
  let settle: Deferred<Result>['settle'] = () => undefined;
  let fail: Deferred<Result>['fail'] = () => undefined;
  const promise = new Promise<Result>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Whoever waits hears of it; if nobody does, it matters to nobody.
  promise.catch(() => undefined);
  return { promise, settle, fail };
}

/** What `promise` settles to, unless `signal` aborts first: then rejects with its reason. */
export async function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const listening = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const fail = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true, signal: listening.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listening.abort();
  }
}

/** Resolves after `ms`, unless `signal` aborts first: then rejects with its reason, and leaves no timer. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const over = deferred<undefined>();
  const timer = clock.at(clock.now() + ms, () => over.settle(undefined));
  try {
    await orAborted(over.promise, signal);
  } finally {
    timer[Symbol.dispose]();
  }
}
