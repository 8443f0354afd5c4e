import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what cannot be awaited. Rejects after `ms` milliseconds. */
export async function until(condition: () => boolean, ms = 5000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
    await sleep(5);
  }
}

/** Sockets, servers, processes and timers of this process, by Node's names for them. */
export function resources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate' && !kind.endsWith('ReqWrap'));
}
