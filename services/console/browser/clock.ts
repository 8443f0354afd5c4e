// The one place of the pages that knows time. Timers are stopped by the function they return: not every browser
// has `Symbol.dispose`.

/** Stops what was started; harmless when it is over. */
export type Stop = () => void;

/** Milliseconds on a monotonic scale; only differences mean anything. */
export function now(): number {
  return performance.now();
}

/** Calls `fire` once, after `ms`. */
export function after(ms: number, fire: () => void): Stop {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
}

/** Calls `fire` every `ms` until stopped. */
export function every(ms: number, fire: () => void): Stop {
  const timer = setInterval(fire, ms);
  return () => clearInterval(timer);
}

/** A signal that aborts after `ms`. */
export function abortedAfter(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}
