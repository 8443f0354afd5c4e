import { setTimeout as delay } from 'node:timers/promises';
import { beacon } from '../load/stream.ts';
import { residentBytes } from '../measure/processor-time.ts';
import type { StartContestant } from '../servers/contestant.ts';
import { Stage } from './stage.ts';

/** Memory of one server's process. */
export interface MemoryRow {
  readonly server: string;
  readonly connections: number;
  /** With the first connections, which are not counted. */
  readonly residentBytesBefore: number;
  readonly bytesPerConnection: number;
}

/** Before memory is read: code, tables and pools get their size. */
const warmUpConnections = 50;

/** For what ends by itself after a handshake. */
const settleMs = 2000;

/** How much memory idle connections take: the growth over `connections` of them, each time after a collection. */
export async function measureMemory(start: StartContestant, connections: number): Promise<MemoryRow> {
  await using stage = await Stage.open(await start(), beacon);
  await stage.growTo(warmUpConnections);
  const before = await settled(stage);
  await stage.growTo(warmUpConnections + connections);
  const after = await settled(stage);
  return {
    server: stage.server.name,
    connections,
    residentBytesBefore: before,
    bytesPerConnection: (after - before) / connections,
  };
}

async function settled({ server }: Stage): Promise<number> {
  await delay(settleMs);
  await server.collect();
  return residentBytes(server.pid);
}
