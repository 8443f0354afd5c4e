import type { ControlRow } from '../cases/control.ts';
import type { ForwardingRow } from '../cases/forwarding.ts';
import type { MemoryRow } from '../cases/memory.ts';
import type { SetUpRow } from '../cases/set-up.ts';

/** Names of the servers in a report. */
export const ours = 'bifrons';
export const janusDefault = 'janus';
export const janusTuned = 'janus event_loops=1';

/** Everything that one run found out. */
export interface BenchReport {
  /** ISO 8601. */
  readonly date: string;
  readonly machine: string;
  /** By server, and Node of the load. */
  readonly versions: Readonly<Record<string, string>>;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  readonly forwarding: readonly ForwardingRow[];
  readonly setUps: readonly SetUpRow[];
  readonly memory: readonly MemoryRow[];
  readonly control: readonly ControlRow[];
}
