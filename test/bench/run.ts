import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readArguments, type BenchOptions, type CaseName } from './arguments.ts';
import { measureControl, type ControlRow } from './cases/control.ts';
import { measureForwarding, type ForwardingRow } from './cases/forwarding.ts';
import { measureMemory, type MemoryRow } from './cases/memory.ts';
import { measureSetUp, type SetUpRow } from './cases/set-up.ts';
import { audio, fastVideo } from './load/stream.ts';
import { describeMachine } from './measure/machine.ts';
import { median } from './measure/quantile.ts';
import { floorsOf, floorTable, isHeld } from './report/floors.ts';
import { ours, type BenchReport } from './report/report.ts';
import { figure, printTable } from './report/table.ts';
import { tablesOf } from './report/tables.ts';
import { contestants, doors, versionsOf, type NamedContestant } from './servers/contestants.ts';

/**
 * The load program: runs the cases against each server in turn, and reports. Started by `bench.ts` with its arguments
 * after the address to use and, if it was refused, the reason why there is no namespace.
 */
const [address = '127.0.0.1', refused = '', ...args] = process.argv.slice(2);
const options = readArguments(args);
const { servers, notes } = contestants(address, refused, options);
const ways = doors(address, refused, options);
const forwarding: ForwardingRow[] = [];
const setUps: SetUpRow[] = [];
const memory: MemoryRow[] = [];
const control: ControlRow[] = [];

const cases: Readonly<Record<CaseName, (isQuick: boolean) => Promise<void>>> = {
  forwarding: async (isQuick) => {
    const usual = isQuick ? [10, 25, 50] : [1, 10, 25, 50, 100];
    const sizes = options.sizes.length > 0 ? options.sizes : usual;
    const plan = { shape: fastVideo, sizes, rounds: isQuick ? 2 : 3, windowMs: isQuick ? 4000 : 6000 };
    await measureForwarding(starters(), plan, takeForwarding);
  },
  audio: async (isQuick) => {
    const plan = { shape: audio, sizes: [100], rounds: 2, windowMs: isQuick ? 4000 : 6000 };
    await measureForwarding(starters(), plan, takeForwarding);
  },
  handshakes: async (isQuick) => {
    for (let round = 1; round <= 2; round += 1) {
      for (const server of servers) await takeSetUp(server, { manner: 'in turn', count: isQuick ? 50 : 150 });
      for (const server of servers) await takeSetUp(server, { manner: 'at once', count: 50 });
    }
    const own = servers.filter(({ name }) => name === ours);
    if (!isQuick) for (const server of own) await takeSetUp(server, { manner: 'in turn', count: 1000 });
  },
  memory: async () => {
    for (const { start } of servers) {
      const row = await measureMemory(start, 200);
      progress(`${row.server}: ${figure(row.bytesPerConnection / 1000)} kB per idle connection`);
      memory.push(row);
    }
  },
  control: async (isQuick) => {
    const usual = { rounds: isQuick ? 2 : 3, windowMs: isQuick ? 2000 : 5000 };
    await measureControl(ways, { operation: 'short', perSecond: 2000, abreast: 32, ...usual }, takeControl);
    await measureControl(ways, { operation: 'echo', perSecond: 50, abreast: 8, ...usual }, takeControl);
  },
};

for (const name of options.cases) await cases[name](options.isQuick);
await finish({
  date: new Date(Date.now()).toISOString(),
  machine: describeMachine(),
  versions: versionsOf(servers),
  notes,
  forwarding,
  setUps,
  memory,
  control,
});

function starters(): readonly NamedContestant['start'][] {
  return servers.map(({ start }) => start);
}

function takeForwarding(row: ForwardingRow): void {
  forwarding.push(row);
  const { kind, subscribers, server, microsecondsPerPacket, lost } = row;
  progress(`${kind} 1 → ${subscribers} ${server}: ${figure(microsecondsPerPacket, 1)} µs, ${lost} lost`);
}

function takeControl(row: ControlRow): void {
  control.push(row);
  const { operation, door, p50Ms, p99Ms, mostPerSecond, failed } = row;
  const figures = `p50 ${figure(p50Ms, 2)} ms, p99 ${figure(p99Ms, 2)} ms, ${figure(mostPerSecond)}/s`;
  progress(`${operation} ${door}: ${figures}, ${failed} failed`);
}

async function takeSetUp(
  { start }: NamedContestant,
  plan: Parameters<typeof measureSetUp>[1],
): Promise<void> {
  const row = await measureSetUp(start, plan);
  setUps.push(row);
  const { count, manner, server, msPerConnection, timesMs, failed } = row;
  progress(
    `${count} ${manner} ${server}: ${figure(msPerConnection, 1)} ms CPU, ${figure(median(timesMs))} ms, ${failed} failed`,
  );
}

async function finish(report: BenchReport): Promise<void> {
  const floors = floorsOf(report);
  const head = [`${report.date}, ${report.machine}`, JSON.stringify(report.versions), ...report.notes];
  const tables = [...tablesOf(report), floorTable(floors)];
  process.stdout.write([head.join('\n'), '', ...tables.map(printTable)].join('\n'));
  const folder = fileURLToPath(import.meta.resolve('../../bench/'));
  await mkdir(folder, { recursive: true });
  const file = `${folder}${report.date.replaceAll(':', '-')}.json`;
  await writeFile(file, JSON.stringify({ ...report, floors }, undefined, 2));
  progress(`written to ${file}`);
  if (!floors.every(isHeld) && !optionsAllowMisses(options)) process.exitCode = 1;
}

function optionsAllowMisses({ isReportOnly }: BenchOptions): boolean {
  return isReportOnly;
}

function progress(line: string): void {
  if (!options.isMarkdown) process.stderr.write(`${line}\n`);
}
