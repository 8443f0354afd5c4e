import { MediaError } from '#schemas';
import type { Clock } from '#services/kernel';

/** Beside the 4 s of a Janus session, so that disposing takes 5 s at most. */
const farewellMs = 1_000;

/** Says goodbye to a Janus within 1 s. Whatever keeps it from hearing that is no matter: it is gone, or forgets us later. */
export async function farewell(clock: Clock, say: (limit: AbortSignal) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const timer = clock.at(clock.now() + farewellMs, () => controller.abort(new MediaError('timeout')));
  try {
    await say(controller.signal);
  } catch {
    // Refused, lost or silent.
  } finally {
    timer[Symbol.dispose]();
  }
}
