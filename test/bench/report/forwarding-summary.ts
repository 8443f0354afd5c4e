import { isResult, type ForwardingRow } from '../cases/forwarding.ts';
import { median, quantile } from '../measure/quantile.ts';

/** All turns of one server with one number of subscribers; figures of those turns that are results. */
export interface ForwardingSummary {
  readonly kind: ForwardingRow['kind'];
  readonly subscribers: number;
  readonly server: string;
  readonly turns: number;
  readonly results: number;
  /** Microseconds per packet; NaN without results. */
  readonly least: number;
  readonly median: number;
  readonly most: number;
  readonly idleMsPerSecond: number;
  readonly offeredPerSecond: number;
  readonly deliveredPerSecond: number;
  /** In all turns. */
  readonly lost: number;
  readonly serverShare: number;
  readonly loadShare: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** Undefined for servers without an event loop. */
  readonly loopP99Ms: number | undefined;
}

/** One summary per kind, number of subscribers and server, in the order in which they were measured. */
export function summarise(rows: readonly ForwardingRow[]): readonly ForwardingSummary[] {
  const groups = new Map<string, ForwardingRow[]>();
  for (const row of rows) {
    const key = `${row.kind} ${row.subscribers} ${row.server}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => summary(group) ?? []);
}

function summary(turns: readonly ForwardingRow[]): ForwardingSummary | undefined {
  const [first] = turns;
  if (first === undefined) return undefined;
  const results = turns.filter(isResult);
  const cost = results.map(({ microsecondsPerPacket }) => microsecondsPerPacket);
  const middle = (of: (row: ForwardingRow) => number | undefined): number =>
    median(turns.flatMap((row) => of(row) ?? []));
  const loops = turns.flatMap(({ loopP99Ms }) => loopP99Ms ?? []);
  return {
    kind: first.kind,
    subscribers: first.subscribers,
    server: first.server,
    turns: turns.length,
    results: results.length,
    least: quantile(cost, 0) ?? NaN,
    median: median(cost),
    most: quantile(cost, 1) ?? NaN,
    idleMsPerSecond: first.idleMsPerSecond,
    offeredPerSecond: middle((row) => row.offeredPerSecond),
    deliveredPerSecond: middle((row) => row.deliveredPerSecond),
    lost: turns.reduce((sum, { lost }) => sum + lost, 0),
    serverShare: middle((row) => row.serverShare),
    loadShare: middle((row) => row.loadShare),
    delayP50Ms: middle((row) => row.delayP50Ms),
    delayP99Ms: middle((row) => row.delayP99Ms),
    loopP99Ms: loops.length === 0 ? undefined : median(loops),
  };
}
