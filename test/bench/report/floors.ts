import { summariseControl } from './control-summary.ts';
import { summarise, type ForwardingSummary } from './forwarding-summary.ts';
import { janusDefault, janusTuned, ours, type BenchReport } from './report.ts';
import { summariseSetUps, type SetUpSummary } from './set-up-summary.ts';
import { figure, type Table } from './table.ts';

/** A figure that must not be exceeded. */
export interface Floor {
  readonly name: string;
  readonly limit: number;
  /** NaN: it was measured without a result. Undefined: it was not measured. */
  readonly actual: number | undefined;
}

const bytesPerKb = 1000;

/** What the product promises, with what this run found. */
export function floorsOf(report: BenchReport): readonly Floor[] {
  const video = summarise(report.forwarding).filter(({ kind }) => kind === 'video');
  const at25 = video.find((one) => one.server === ours && one.subscribers === 25);
  const setUps = summariseSetUps(report.setUps);
  const inTurn = (server: string): SetUpSummary | undefined =>
    setUps.find((row) => row.server === server && row.manner === 'in turn');
  const many = setUps.find((row) => row.server === ours && row.count >= 1000);
  const memory = report.memory.find(({ server }) => server === ours);
  return [
    { name: 'CPU per packet at 50, × Janus default', limit: 0.9, actual: cost(video, 50, janusDefault) },
    { name: 'CPU per packet at 50, × Janus tuned', limit: 1.7, actual: cost(video, 50, janusTuned) },
    { name: 'CPU per packet at 10, × Janus default', limit: 1.0, actual: cost(video, 10, janusDefault) },
    { name: 'packets lost at 25', limit: 0, actual: at25?.lost },
    { name: 'event-loop p99 at 25, ms', limit: 15, actual: at25?.loopP99Ms },
    {
      name: 'CPU per set-up, × Janus default',
      limit: 1.3,
      actual: quotient(inTurn(ours)?.median, inTurn(janusDefault)?.median),
    },
    { name: 'media after the answer p95, ms', limit: 80, actual: inTurn(ours)?.p95Ms },
    {
      name: 'set-ups of 1,000 over 1 s or failed',
      limit: 0,
      actual: many && many.overOneSecond + many.failed,
    },
    {
      name: 'memory per idle connection, kB',
      limit: 250,
      actual: memory && memory.bytesPerConnection / bytesPerKb,
    },
    { name: 'get_info p50 at 2,000/s, slowest way, ms', limit: 1, actual: slowestGetInfo(report) },
  ];
}

/** False if it was measured and is above, or brought no result. */
export function isHeld({ limit, actual }: Floor): boolean {
  return actual === undefined || actual <= limit;
}

/** Of all ways into our broker; NaN if one of them brought no result. */
function slowestGetInfo({ control }: BenchReport): number | undefined {
  const own = summariseControl(control).filter(
    ({ door, operation }) => operation === 'short' && door.startsWith(ours),
  );
  if (own.length === 0) return undefined;
  return Math.max(...own.map(({ p50Ms }) => p50Ms));
}

/** The floors as a table. */
export function floorTable(floors: readonly Floor[]): Table {
  return {
    title: 'Limits',
    head: ['', 'limit', 'found', ''],
    rows: floors.map((floor) => [
      floor.name,
      String(floor.limit),
      figure(floor.actual, 2),
      floor.actual === undefined ? 'not measured' : isHeld(floor) ? 'held' : 'MISSED',
    ]),
  };
}

function cost(all: readonly ForwardingSummary[], subscribers: number, server: string): number | undefined {
  const of = (name: string): number | undefined =>
    all.find((one) => one.subscribers === subscribers && one.server === name)?.median;
  return quotient(of(ours), of(server));
}

function quotient(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}
