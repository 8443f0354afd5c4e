import type { BenchReport } from './report.ts';
import { janusDefault, janusTuned } from './report.ts';
import { summariseControl } from './control-summary.ts';
import { summarise, type ForwardingSummary } from './forwarding-summary.ts';
import { summariseSetUps } from './set-up-summary.ts';
import { figure, type Table } from './table.ts';

/** What a report says, as tables; those without rows are left out. */
export function tablesOf(report: BenchReport): readonly Table[] {
  const summaries = summarise(report.forwarding);
  const kinds = [...new Set(summaries.map(({ kind }) => kind))];
  const tables = [
    ...kinds.map((kind) => costTable(kind, summaries)),
    ...kinds.map((kind) => flowTable(kind, summaries)),
    setUpTable(report),
    memoryTable(report),
    ...(['short', 'echo'] as const).map((operation) => controlTable(operation, report)),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function costTable(kind: string, all: readonly ForwardingSummary[]): Table {
  const summaries = all.filter((one) => one.kind === kind);
  const rows = summaries.map((one) => [
    `1 → ${one.subscribers} ${one.server}`,
    figure(one.least, 1),
    figure(one.median, 1),
    figure(one.most, 1),
    ratio(one, summaries, janusDefault),
    ratio(one, summaries, janusTuned),
    figure(one.idleMsPerSecond, 1),
    one.results === one.turns ? String(one.turns) : `${one.results} of ${one.turns}`,
  ]);
  return {
    title: `Forwarding ${kind}: CPU-µs per delivered packet, net of idle`,
    head: ['', 'min', 'median', 'max', '× Janus default', '× Janus tuned', 'idle, ms/s', 'results'],
    rows,
  };
}

function flowTable(kind: string, all: readonly ForwardingSummary[]): Table {
  const rows = all
    .filter((one) => one.kind === kind)
    .map((one) => [
      `1 → ${one.subscribers} ${one.server}`,
      figure(one.offeredPerSecond),
      figure(one.deliveredPerSecond),
      String(one.lost),
      figure(one.delayP50Ms, 2),
      figure(one.delayP99Ms, 1),
      figure(one.loopP99Ms, 1),
      `${figure(100 * one.serverShare)} %`,
      `${figure(100 * one.loadShare)} %`,
    ]);
  return {
    title: `Forwarding ${kind}: packets per second, delay and load`,
    head: ['', 'offered', 'delivered', 'lost', 'delay p50, ms', 'p99', 'loop p99, ms', 'server', 'load'],
    rows,
  };
}

function ratio(one: ForwardingSummary, all: readonly ForwardingSummary[], server: string): string {
  const other = all.find((each) => each.subscribers === one.subscribers && each.server === server);
  return figure(one.median / (other?.median ?? NaN), 2);
}

function setUpTable({ setUps }: BenchReport): Table {
  const summaries = summariseSetUps(setUps);
  const rows = summaries.map((row) => {
    const { manner, count } = row;
    const janus = summaries.find(
      (other) => other.manner === manner && other.count === count && other.server === janusDefault,
    );
    return [
      `${count} ${manner} ${row.server}`,
      figure(row.least, 1),
      figure(row.median, 1),
      figure(row.most, 1),
      figure(row.median / (janus?.median ?? NaN), 2),
      figure(row.p50Ms),
      figure(row.p95Ms),
      figure(row.longestMs),
      String(row.overOneSecond),
      String(row.failed),
      `${figure(100 * row.loadShare)} %`,
    ];
  });
  return {
    title: 'Set-up: CPU-ms per connection; ms from the answer to the first decrypted packet',
    head: ['', 'min', 'median', 'max', '× Janus default', 'p50', 'p95', 'longest', '> 1 s', 'failed', 'load'],
    rows,
  };
}

function memoryTable({ memory }: BenchReport): Table {
  const rows = memory.map((row) => [
    `${row.connections} idle ${row.server}`,
    figure(row.bytesPerConnection / 1000),
    figure(row.residentBytesBefore / 1e6),
  ]);
  return { title: 'Memory', head: ['', 'kB per connection', 'resident before, MB'], rows };
}

/** What each door was asked, in the words of its server. */
const asked = {
  short: 'get_info; Janus: keepalive',
  echo: 'an echo up to the answer',
} as const;

function controlTable(operation: keyof typeof asked, { control }: BenchReport): Table {
  const summaries = summariseControl(control).filter((one) => one.operation === operation);
  const janus = summaries.find(({ door }) => door === janusDefault);
  const rows = summaries.map((one) => [
    one.door,
    figure(one.offeredPerSecond),
    figure(one.p50Ms, 2),
    figure(one.p50Ms / (janus?.p50Ms ?? NaN), 2),
    figure(one.p99Ms, 2),
    figure(one.p99Ms / (janus?.p99Ms ?? NaN), 2),
    figure(one.longestMs, 1),
    figure(one.lagP99Ms, 2),
    String(one.failed),
    figure(one.microsecondsPerRequest),
    figure(one.mostPerSecond),
    figure(one.mostPerSecond / (janus?.mostPerSecond ?? NaN), 2),
    one.results === one.turns ? String(one.turns) : `${one.results} of ${one.turns}`,
  ]);
  return {
    title: `Commands, ${asked[operation]}: ms from when it should have left to the reply`,
    head: [
      ...['', 'offered/s', 'p50', '× Janus', 'p99', '× Janus', 'longest', 'load late p99', 'failed'],
      ...['CPU-µs', 'most/s', '× Janus', 'results'],
    ],
    rows,
  };
}
