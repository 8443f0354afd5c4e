import { setTimeout as delay } from 'node:timers/promises';
import { Scope } from '#services/kernel';
import { eventually } from '../../interop/support/eventually.ts';
import type { StreamShape } from '../load/stream.ts';
import { processorMs } from '../measure/processor-time.ts';
import { quantile } from '../measure/quantile.ts';
import type { StartContestant } from '../servers/contestant.ts';
import { Stage } from './stage.ts';

/** How forwarding is measured. */
export interface ForwardingPlan {
  readonly shape: StreamShape;
  /** Numbers of subscribers, growing. */
  readonly sizes: readonly number[];
  /** Results that are wanted of each server with each number of subscribers. */
  readonly rounds: number;
  readonly windowMs: number;
}

/** One turn of one server. */
export interface ForwardingRow {
  readonly server: string;
  readonly kind: StreamShape['kind'];
  readonly subscribers: number;
  readonly round: number;
  /** Processor time per packet that arrived, without what the connections cost when idle. */
  readonly microsecondsPerPacket: number;
  /** Processor time of the same connections without media, per second. */
  readonly idleMsPerSecond: number;
  readonly offeredPerSecond: number;
  readonly deliveredPerSecond: number;
  /** Packets that should have arrived and did not. */
  readonly lost: number;
  /** Packets that the server missed from the publisher, by its own account. */
  readonly nacked: number;
  /** Of one core, from 0 to 1. */
  readonly serverShare: number;
  readonly loadShare: number;
  readonly delayP50Ms: number | undefined;
  readonly delayP99Ms: number | undefined;
  readonly loopP99Ms: number | undefined;
}

/** A load that is busier than this may be what limits the server. */
const mostLoadShare = 0.7;

/** A turn in which packets were lost, or the load was too busy, proves nothing. */
export function isResult({ lost, loadShare }: ForwardingRow): boolean {
  return lost === 0 && loadShare <= mostLoadShare;
}

/** A turn without a result may be disturbed by what else the machine does, so it is repeated, but not for ever. */
const mostTurnsPerResult = 2;

/** Before a turn is measured: code gets compiled, buffers get their size. */
const warmUpMs = 1500;

const firstPacketMs = 15_000;

/** Lets the servers take turns with each number of subscribers. */
export async function measureForwarding(
  servers: readonly StartContestant[],
  plan: ForwardingPlan,
  onRow: (row: ForwardingRow) => void,
): Promise<void> {
  await using scope = new Scope();
  const stages: Stage[] = [];
  for (const start of servers) stages.push(scope.own(await Stage.open(await start(), plan.shape)));
  for (const size of plan.sizes) {
    for (const stage of stages) await prepare(stage, size);
    const idle = await idleShares(stages, plan.windowMs);
    const results = stages.map(() => 0);
    for (let round = 1; round <= plan.rounds * mostTurnsPerResult; round += 1) {
      for (const [at, stage] of stages.entries()) {
        if (results[at] === plan.rounds) continue;
        const row = await turn(stage, plan, round, idle[at] ?? 0);
        if (isResult(row)) results[at] = (results[at] ?? 0) + 1;
        onRow(row);
      }
    }
  }
}

/** Brings a stage to its size and proves that every subscriber can decrypt what it gets. */
async function prepare(stage: Stage, size: number): Promise<void> {
  const { publisher, subscribers, server } = stage;
  await stage.growTo(size);
  publisher.start();
  const isFlowing = (): boolean => subscribers.every(({ firstPacketAt }) => firstPacketAt !== undefined);
  await eventually(`${server.name} sends to all ${size}`, firstPacketMs, isFlowing);
  publisher.stop();
}

/** Share of a core that each server takes with its connections up and no media. */
async function idleShares(stages: readonly Stage[], windowMs: number): Promise<readonly number[]> {
  for (const stage of stages) await stage.drain();
  const before = stages.map(({ server }) => processorMs(server.pid));
  const startedAt = performance.now();
  await delay(windowMs);
  const elapsedMs = performance.now() - startedAt;
  return stages.map(({ server }, at) => (processorMs(server.pid) - (before[at] ?? 0)) / elapsedMs);
}

async function turn(
  stage: Stage,
  plan: ForwardingPlan,
  round: number,
  idleShare: number,
): Promise<ForwardingRow> {
  const { publisher, server, subscribers } = stage;
  const [probe] = subscribers;
  publisher.start();
  await delay(warmUpMs);
  publisher.stop();
  await stage.drain();
  probe?.beginProbe();
  await server.loopDelay();
  const before = snapshot(stage);
  publisher.start();
  await delay(plan.windowMs);
  publisher.stop();
  const sentForMs = performance.now() - before.at;
  const loopP99Ms = await server.loopDelay();
  await stage.drain();
  const delays = probe?.endProbe() ?? [];
  return {
    server: server.name,
    kind: plan.shape.kind,
    subscribers: subscribers.length,
    round,
    ...spending(difference(snapshot(stage), before), sentForMs, idleShare, subscribers.length),
    delayP50Ms: quantile(delays, 0.5),
    delayP99Ms: quantile(delays, 0.99),
    loopP99Ms,
  };
}

/** The figures of a turn that follow from its counters. */
function spending(spent: Snapshot, sentForMs: number, idleShare: number, subscribers: number) {
  const busyMs = spent.serverMs - idleShare * spent.at;
  return {
    microsecondsPerPacket: (1000 * busyMs) / spent.received,
    idleMsPerSecond: 1000 * idleShare,
    offeredPerSecond: (1000 * spent.sent) / sentForMs,
    deliveredPerSecond: (1000 * spent.received) / sentForMs,
    lost: spent.sent * subscribers - spent.received,
    nacked: spent.nacked,
    serverShare: spent.serverMs / sentForMs,
    loadShare: spent.loadMs / sentForMs,
  };
}

/** Counters at one time. */
interface Snapshot {
  readonly at: number;
  readonly serverMs: number;
  readonly loadMs: number;
  readonly sent: number;
  readonly received: number;
  readonly nacked: number;
}

function snapshot({ server, publisher, received }: Stage): Snapshot {
  const { sent, nacked } = publisher;
  const loadMs = processorMs(process.pid);
  return { at: performance.now(), serverMs: processorMs(server.pid), loadMs, sent, received, nacked };
}

function difference(after: Snapshot, before: Snapshot): Snapshot {
  return {
    at: after.at - before.at,
    serverMs: after.serverMs - before.serverMs,
    loadMs: after.loadMs - before.loadMs,
    sent: after.sent - before.sent,
    received: after.received - before.received,
    nacked: after.nacked - before.nacked,
  };
}
