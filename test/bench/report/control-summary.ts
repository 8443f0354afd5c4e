import { isControlResult, type ControlRow } from '../cases/control.ts';
import { median } from '../measure/quantile.ts';

/** All turns of one door with one operation: medians of those that are results, and NaN without any. */
export interface ControlSummary extends Omit<ControlRow, 'round'> {
  readonly turns: number;
  readonly results: number;
}

/** One summary per operation and door, in the order in which they were measured. */
export function summariseControl(rows: readonly ControlRow[]): readonly ControlSummary[] {
  const groups = new Map<string, ControlRow[]>();
  for (const row of rows) {
    const key = `${row.operation} ${row.door}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => summary(group) ?? []);
}

function summary(turns: readonly ControlRow[]): ControlSummary | undefined {
  const [first] = turns;
  if (first === undefined) return undefined;
  const results = turns.filter(isControlResult);
  const middle = (of: (row: ControlRow) => number): number => median(results.map(of));
  return {
    door: first.door,
    operation: first.operation,
    turns: turns.length,
    results: results.length,
    offeredPerSecond: first.offeredPerSecond,
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    longestMs: middle(({ longestMs }) => longestMs),
    lagP99Ms: median(turns.map(({ lagP99Ms }) => lagP99Ms)),
    failed: turns.reduce((sum, { failed }) => sum + failed, 0),
    microsecondsPerRequest: middle(({ microsecondsPerRequest }) => microsecondsPerRequest),
    mostPerSecond: middle(({ mostPerSecond }) => mostPerSecond),
  };
}
