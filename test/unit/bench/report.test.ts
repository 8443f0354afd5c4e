import assert from 'node:assert/strict';
import test from 'node:test';
import type { ControlRow } from '../../bench/cases/control.ts';
import type { ForwardingRow } from '../../bench/cases/forwarding.ts';
import { floorsOf, isHeld } from '../../bench/report/floors.ts';
import { summarise } from '../../bench/report/forwarding-summary.ts';
import { janusDefault, janusTuned, ours, type BenchReport } from '../../bench/report/report.ts';
import { tablesOf } from '../../bench/report/tables.ts';
import { printTable } from '../../bench/report/table.ts';

function row(fields: Partial<ForwardingRow>): ForwardingRow {
  return {
    server: ours,
    kind: 'video',
    subscribers: 50,
    round: 1,
    microsecondsPerPacket: 10,
    idleMsPerSecond: 5,
    offeredPerSecond: 1000,
    deliveredPerSecond: 50_000,
    lost: 0,
    nacked: 0,
    serverShare: 0.6,
    loadShare: 0.4,
    delayP50Ms: 0.5,
    delayP99Ms: 5,
    loopP99Ms: 8,
    ...fields,
  };
}

function report(fields: Partial<BenchReport>): BenchReport {
  return {
    date: '2026-11-21T00:00:00.000Z',
    machine: 'a machine',
    versions: {},
    notes: [],
    forwarding: [],
    setUps: [],
    memory: [],
    control: [],
    ...fields,
  };
}

function found(forwarding: readonly ForwardingRow[], name: string): { actual?: number; held?: boolean } {
  const floor = floorsOf(report({ forwarding })).find((one) => one.name === name);
  if (floor?.actual === undefined) return {};
  return { actual: floor.actual, held: isHeld(floor) };
}

test('turns with loss, or with a busy load, do not count', () => {
  const [summary] = summarise([
    row({ microsecondsPerPacket: 10 }),
    row({ microsecondsPerPacket: 12 }),
    row({ microsecondsPerPacket: 1, lost: 3 }),
    row({ microsecondsPerPacket: 2, loadShare: 0.71 }),
    row({ microsecondsPerPacket: 14 }),
  ]);

  assert.deepEqual(
    [summary?.results, summary?.turns, summary?.least, summary?.median, summary?.most, summary?.lost],
    [3, 5, 10, 12, 14, 3],
  );
});

test('a limit compares medians of one run', () => {
  const forwarding = [
    row({ microsecondsPerPacket: 9 }),
    row({ server: janusDefault, microsecondsPerPacket: 18 }),
    row({ server: janusTuned, microsecondsPerPacket: 5 }),
  ];

  assert.deepEqual(found(forwarding, 'CPU per packet at 50, × Janus default'), { actual: 0.5, held: true });
  assert.deepEqual(found(forwarding, 'CPU per packet at 50, × Janus tuned'), { actual: 1.8, held: false });
});

test('a limit that was measured without a result is missed, one that was not measured is not', () => {
  const forwarding = [row({ lost: 1 }), row({ server: janusDefault })];

  assert.deepEqual(found(forwarding, 'CPU per packet at 50, × Janus default'), { actual: NaN, held: false });
  assert.deepEqual(found(forwarding, 'CPU per packet at 10, × Janus default'), {});
  assert.deepEqual(found([row({ subscribers: 25, lost: 1 })], 'packets lost at 25'), {
    actual: 1,
    held: false,
  });
});

test('set-ups that failed count as those that took too long', () => {
  const turn = { server: ours, manner: 'in turn', count: 1000, msPerConnection: 5, loadShare: 0.3 } as const;
  const setUps = [{ ...turn, timesMs: [40, 1001, 50], failed: 2 }];

  const floors = floorsOf(report({ setUps }));

  assert.equal(floors.find(({ name }) => name.startsWith('set-ups of 1,000'))?.actual, 3);
});

test('tables align, mark what is no result, and leave out what was not measured', () => {
  const forwarding = [row({ lost: 1 }), row({ server: janusDefault, microsecondsPerPacket: 18 })];

  const [costs, flows, ...others] = tablesOf(report({ forwarding })).map(printTable);

  assert.match(costs ?? '', /\| 1 → 50 bifrons \| +– \| +– \|.*\| +0 of 1 \|/);
  assert.match(costs ?? '', /\| 1 → 50 janus +\| 18\.0 \| +18\.0 \| 18\.0 \| +1\.00 \|/);
  const widths = new Set(
    (costs ?? '')
      .split('\n')
      .slice(2, -1)
      .map((line) => line.length),
  );
  assert.equal(widths.size, 1);
  assert.match(flows ?? '', /40 %/);
  assert.deepEqual(others, []);
});

function controlRow(fields: Partial<ControlRow>): ControlRow {
  return {
    door: `${ours} WebSocket`,
    operation: 'short',
    round: 1,
    offeredPerSecond: 2000,
    p50Ms: 0.3,
    p99Ms: 2,
    longestMs: 9,
    lagP99Ms: 0.1,
    failed: 0,
    microsecondsPerRequest: 100,
    mostPerSecond: 8000,
    ...fields,
  };
}

function slowestGetInfo(control: readonly ControlRow[]): number | undefined {
  return floorsOf(report({ control })).find(({ name }) => name.startsWith('get_info'))?.actual;
}

test('get_info is as fast as on the slowest way into our broker', () => {
  const rows = [
    controlRow({}),
    controlRow({ door: `${ours} NATS`, p50Ms: 0.8 }),
    controlRow({ door: janusDefault, p50Ms: 5 }),
    controlRow({ operation: 'echo', p50Ms: 7 }),
  ];

  assert.equal(slowestGetInfo(rows), 0.8);
  assert.equal(slowestGetInfo([]), undefined);
});

test('a turn of commands whose load was late, or in which one failed, does not count', () => {
  const late = controlRow({ lagP99Ms: 3, p50Ms: 4 });
  const failed = controlRow({ failed: 1, p50Ms: 9 });

  assert.equal(slowestGetInfo([controlRow({}), late, failed]), 0.3);
  assert.equal(slowestGetInfo([late, failed]), NaN);
});

test('commands are compared with those of Janus in the same run', () => {
  const control = [controlRow({}), controlRow({ door: janusDefault, p50Ms: 0.1, mostPerSecond: 16_000 })];
  const [table] = tablesOf(report({ control }));
  const [own = [], janus = []] = table?.rows ?? [];

  assert.deepEqual([own[2], own[3], own.at(-2)], ['0.30', '3.00', '0.50']);
  assert.deepEqual([janus[3], janus.at(-2)], ['1.00', '1.00']);
});
