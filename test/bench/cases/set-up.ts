import { setTimeout as delay } from 'node:timers/promises';
import { beacon } from '../load/stream.ts';
import { Subscriber } from '../load/subscriber.ts';
import { processorMs, processorMsOfAll } from '../measure/processor-time.ts';
import type { StartContestant } from '../servers/contestant.ts';
import { Stage } from './stage.ts';

/** Subscribers that come one after the other, each leaving before the next, or all at one time. */
export type Manner = 'in turn' | 'at once';

/** What is set up. */
export interface SetUpPlan {
  readonly manner: Manner;
  readonly count: number;
}

/** One turn of one server: connections from the offer to the end. */
export interface SetUpRow extends SetUpPlan {
  readonly server: string;
  /** Those that did not connect. */
  readonly failed: number;
  /** Processor time of the server; those in turn also leave in it. */
  readonly msPerConnection: number;
  /** From each answer to its first decrypted packet. */
  readonly timesMs: readonly number[];
  readonly loadShare: number;
}

/** In which the server's cost without subscribers is measured. */
const baseWindowMs = 3000;

/** For the connections before it to end. */
const settleMs = 500;

/** Set-ups that are not measured: code gets compiled. */
const warmUps = 10;

const firstPacketMs = 10_000;

/** Sets connections up while the publisher sends. */
export async function measureSetUp(start: StartContestant, plan: SetUpPlan): Promise<SetUpRow> {
  await using stage = await Stage.open(await start(), beacon);
  const { server, publisher } = stage;
  publisher.start();
  await setUp(stage, { manner: 'in turn', count: warmUps });
  const baseShare = await baseShareOf(server.pid);
  const startedAt = performance.now();
  const [serverBefore, loadBefore] = [processorMsOfAll(server.pid), processorMsOfAll(process.pid)];
  const times = await setUp(stage, plan);
  const elapsedMs = performance.now() - startedAt;
  const busyMs = processorMsOfAll(server.pid) - serverBefore - baseShare * elapsedMs;
  const connected = times.filter((ms) => ms !== undefined);
  return {
    ...plan,
    server: server.name,
    failed: times.length - connected.length,
    msPerConnection: busyMs / times.length,
    timesMs: connected,
    loadShare: (processorMsOfAll(process.pid) - loadBefore) / elapsedMs,
  };
}

/** Share of a core without subscribers; by the finer clock, as no thread ends meanwhile. */
async function baseShareOf(pid: number): Promise<number> {
  await delay(settleMs);
  const [before, startedAt] = [processorMs(pid), performance.now()];
  await delay(baseWindowMs);
  return (processorMs(pid) - before) / (performance.now() - startedAt);
}

/** From each answer to its first packet in milliseconds; undefined where there was none. */
async function setUp(stage: Stage, { manner, count }: SetUpPlan): Promise<readonly (number | undefined)[]> {
  const all = Array.from({ length: count }, () => () => setUpOne(stage, manner));
  if (manner === 'at once') return await Promise.all(all.map((one) => one()));
  const times: (number | undefined)[] = [];
  for (const one of all) times.push(await one());
  return times;
}

async function setUpOne(stage: Stage, manner: Manner): Promise<number | undefined> {
  try {
    const subscriber = await Subscriber.open(stage.server);
    const late = delay(firstPacketMs, undefined, { ref: false });
    const time = await Promise.race([subscriber.flowing, late]);
    if (manner === 'in turn') await subscriber[Symbol.asyncDispose]();
    else stage.subscribers.push(subscriber);
    return time;
  } catch {
    // Counted as failed.
    return undefined;
  }
}
