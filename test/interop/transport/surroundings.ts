import { eventually } from '../support/eventually.ts';

/** Waits for what cannot be awaited. Rejects after `ms` milliseconds. */
export async function until(condition: () => boolean, ms = 5000): Promise<void> {
  await eventually(condition.toString(), ms, condition);
}

/** Sockets, servers, processes and timers of this process, by Node's names for them. */
export function resources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate' && !kind.endsWith('ReqWrap'));
}
