import { readdirSync, readFileSync } from 'node:fs';

/** The first field of `schedstat` is the time on a processor in nanoseconds. */
const nanosecondsPerMs = 1e6;

/** Milliseconds that all threads of a process have been on a processor; those of threads that ended are gone. */
export function processorMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) nanoseconds += threadTime(pid, thread);
  return nanoseconds / nanosecondsPerMs;
}

/** The kernel's unit in `stat`, which is the same on all machines that Node runs on. */
const ticksPerSecond = 100;

/** As `processorMs`, with the threads that ended, in steps of 10 ms. */
export function processorMsOfAll(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in parentheses, which may hold anything; time in user and kernel are 14th and 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Bytes of a process that are in memory. */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

function threadTime(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    // It ended since the folder was read.
    return 0;
  }
}
