import { setTimeout as delay } from 'node:timers/promises';
import { Scope } from '#services/kernel';
import type { Door, Operation } from '../control/door.ts';
import { closedLoop, openLoop, type Loop } from '../control/loops.ts';
import { processorMs } from '../measure/processor-time.ts';
import { quantile } from '../measure/quantile.ts';

/** What is asked of every door, and how. */
export interface ControlPlan {
  readonly operation: Operation;
  /** Requests per second of the open loop. */
  readonly perSecond: number;
  /** Requests in flight of the closed loop. */
  readonly abreast: number;
  readonly rounds: number;
  readonly windowMs: number;
}

/** One turn of one door. */
export interface ControlRow {
  readonly door: string;
  readonly operation: Operation;
  readonly round: number;
  readonly offeredPerSecond: number;
  /** From the moment at which requests should have left to their replies, at the offered rate. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** How late 99 of 100 requests left. */
  readonly lagP99Ms: number;
  readonly failed: number;
  /** Processor time of the server, with what ends an echo. */
  readonly microsecondsPerRequest: number;
  /** Answered with `abreast` requests in flight all the time. */
  readonly mostPerSecond: number;
}

/** A load that is later may be what answers late. */
const mostLagMs = 1;

/** A turn whose load had to wait for its core, or in which a request failed, proves nothing. */
export function isControlResult({ lagP99Ms, failed }: ControlRow): boolean {
  return failed === 0 && lagP99Ms <= mostLagMs;
}

/** A turn without a result may be disturbed by what else the machine does, so it is repeated, but not for ever. */
const mostTurnsPerResult = 2;

/** A door that is opened when its turn comes, and not before. */
export interface NamedDoor {
  readonly name: string;
  readonly open: () => Promise<Door>;
}

/** Before a door is measured: by then Node has compiled what is often called, as in a server that has run for a while. */
const warmUpOperations = 3000;

/** A door that is slow, or refuses, is measured all the same. */
const mostWarmUpSeconds = 20;

const microsecondsPerMs = 1000;

/** Between turns all servers run: for what they put off, and so that none takes the load for gone. */
const breathMs = 500;

/**
 * Lets the doors take turns. They stay open meanwhile, but the servers behind the others stand still: an idle one that
 * collects its garbage would take the core from the one that is measured.
 */
export async function measureControl(
  doors: readonly NamedDoor[],
  plan: ControlPlan,
  onRow: (row: ControlRow) => void,
): Promise<void> {
  await using scope = new Scope();
  const opened: Door[] = [];
  for (const { open } of doors) opened.push(scope.own(await open()));
  for (const door of opened) await warmUp(door, plan);
  const results = opened.map(() => 0);
  for (let round = 1; round <= plan.rounds * mostTurnsPerResult; round += 1) {
    for (const [at, door] of opened.entries()) {
      if (results[at] === plan.rounds) continue;
      const row = await alone(door, opened, () => turn(door, plan, round));
      if (isControlResult(row)) results[at] = (results[at] ?? 0) + 1;
      onRow(row);
    }
  }
}

async function alone<Result>(
  door: Door,
  doors: readonly Door[],
  work: () => Promise<Result>,
): Promise<Result> {
  const others = doors.filter((other) => other !== door);
  try {
    for (const { pid } of others) signal(pid, 'SIGSTOP');
    return await work();
  } finally {
    for (const { pid } of others) signal(pid, 'SIGCONT');
    await delay(breathMs);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended; its own turn says so, and the others go on.
  }
}

async function warmUp(door: Door, { operation, abreast }: ControlPlan): Promise<void> {
  const finish = await door.renew();
  for (let second = 0, done = 0; second < mostWarmUpSeconds && done < warmUpOperations; second += 1)
    done += (await closedLoop(door.operations[operation], abreast, 1000)).timesMs.length;
  await finish();
}

async function turn(door: Door, plan: ControlPlan, round: number): Promise<ControlRow> {
  const { operation, perSecond, abreast, windowMs } = plan;
  const work = door.operations[operation];
  const finish = await door.renew();
  const before = processorMs(door.pid);
  const open = await openLoop(work, perSecond, windowMs);
  const busyMs = processorMs(door.pid) - before;
  const closed = await closedLoop(work, abreast, windowMs);
  await finish();
  const times = quantilesOf(open);
  return {
    door: door.name,
    operation,
    round,
    offeredPerSecond: perSecond,
    ...times,
    lagP99Ms: quantile(open.lagsMs, 0.99) ?? NaN,
    failed: open.failed + closed.failed,
    microsecondsPerRequest: (busyMs * microsecondsPerMs) / open.timesMs.length,
    mostPerSecond: (closed.timesMs.length * 1000) / closed.elapsedMs,
  };
}

function quantilesOf({ timesMs }: Loop): Pick<ControlRow, 'p50Ms' | 'p99Ms' | 'longestMs'> {
  return {
    p50Ms: quantile(timesMs, 0.5) ?? NaN,
    p99Ms: quantile(timesMs, 0.99) ?? NaN,
    longestMs: quantile(timesMs, 1) ?? NaN,
  };
}
