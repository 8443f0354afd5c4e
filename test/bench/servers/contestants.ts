import type { BenchOptions } from '../arguments.ts';
import { interfaceName } from '../namespace.ts';
import { janusVersion, missingJanus } from '../../interop/support/janus-server.ts';
import { janusDefault, janusTuned, ours } from '../report/report.ts';
import { BifronsContestant } from './bifrons.ts';
import type { StartContestant } from './contestant.ts';
import { JanusContestant } from './janus.ts';

/** A server that takes part. */
export interface NamedContestant {
  readonly name: string;
  readonly version: string;
  readonly start: StartContestant;
}

const defaultPort = 8188;
const tunedPort = 8189;

/** Who takes part, and notes about who does not; `refused` is why there is no namespace, if there is none. */
export function contestants(
  address: string,
  refused: string,
  { cores, serverFlags, isAlone }: BenchOptions,
): { readonly servers: readonly NamedContestant[]; readonly notes: readonly string[] } {
  const [core] = cores;
  const own = {
    name: ours,
    version: `Node ${process.version}`,
    start: () => BifronsContestant.start(address, core, serverFlags),
  };
  const missing = isAlone ? 'not asked for' : refused || missingJanus();
  if (missing !== undefined) return { servers: [own], notes: [`Janus was left out: ${missing}`] };
  const version = janusVersion();
  const janus = (name: string, port: number, eventLoops: number): NamedContestant => ({
    name,
    version,
    start: () => {
      const settings = {
        address,
        interfaceName,
        port,
        eventLoops,
        plugins: ['videoroom'],
        sessionTimeout: 0,
      };
      return JanusContestant.start(name, settings, core);
    },
  });
  return { servers: [own, janus(janusDefault, defaultPort, 0), janus(janusTuned, tunedPort, 1)], notes: [] };
}

/** By name. */
export function versionsOf(servers: readonly NamedContestant[]): Readonly<Record<string, string>> {
  return Object.fromEntries(servers.map(({ name, version }) => [name, version]));
}
