import type { SetUpRow } from '../cases/set-up.ts';
import { median, quantile } from '../measure/quantile.ts';

/** All turns of one server with one manner and number of set-ups. */
export interface SetUpSummary {
  readonly manner: SetUpRow['manner'];
  readonly count: number;
  readonly server: string;
  /** Milliseconds of processor time per connection. */
  readonly least: number;
  readonly median: number;
  readonly most: number;
  /** Of the set-ups of all turns, from the answer to the first packet; NaN if none connected. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly longestMs: number;
  readonly overOneSecond: number;
  readonly failed: number;
  readonly loadShare: number;
}

const longMs = 1000;

/** One summary per manner, number and server, in the order in which they were measured. */
export function summariseSetUps(rows: readonly SetUpRow[]): readonly SetUpSummary[] {
  const groups = new Map<string, SetUpRow[]>();
  for (const row of rows) {
    const key = `${row.manner} ${row.count} ${row.server}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => summary(group) ?? []);
}

function summary(turns: readonly SetUpRow[]): SetUpSummary | undefined {
  const [first] = turns;
  if (first === undefined) return undefined;
  const cost = turns.map(({ msPerConnection }) => msPerConnection);
  const times = turns.flatMap(({ timesMs }) => timesMs);
  return {
    manner: first.manner,
    count: first.count,
    server: first.server,
    least: quantile(cost, 0) ?? NaN,
    median: median(cost),
    most: quantile(cost, 1) ?? NaN,
    p50Ms: median(times),
    p95Ms: quantile(times, 0.95) ?? NaN,
    longestMs: quantile(times, 1) ?? NaN,
    overOneSecond: times.filter((ms) => ms > longMs).length,
    failed: turns.reduce((sum, { failed }) => sum + failed, 0),
    loadShare: median(turns.map(({ loadShare }) => loadShare)),
  };
}
