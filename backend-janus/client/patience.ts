import { MediaError } from '#schemas';
import type { Clock } from '#services/kernel';

/** A signal that aborts with MediaError `timeout` after `ms`; disposing takes that back. */
export function patience(clock: Clock, ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = clock.at(clock.now() + ms, () => controller.abort(new MediaError('timeout')));
  return { signal: controller.signal, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
