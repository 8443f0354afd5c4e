import type { Clock } from '#services/kernel';

/** Reads how busy this process was since the call before: 0 is idle, 1 a whole core. */
export function processLoad(clock: Clock): () => number {
  let before = process.cpuUsage();
  let at = clock.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const elapsedMs = clock.now() - at;
    if (elapsedMs <= 0) return 0;
    before = process.cpuUsage();
    at = clock.now();
    return Math.min(1, (user + system) / 1000 / elapsedMs);
  };
}
