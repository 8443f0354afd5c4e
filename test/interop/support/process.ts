import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** How long a server may take to end by itself. */
const patienceMs = 10_000;

/** The id of a process that was started; `taskset` becomes the program that it starts, so it is the server's. */
export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} did not start`);
  return child.pid;
}

/** Ends exactly this process: by a signal, unless it is about to end by itself. */
export async function endProcess(child: ChildProcess, endsByItself = false): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (!endsByItself) child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await ended;
  clearTimeout(forced);
}
