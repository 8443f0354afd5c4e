import type { BenchOptions } from '../arguments.ts';
import type { NamedDoor } from '../cases/control.ts';
import { openBroker, waysOf } from '../control/broker-door.ts';
import { openJanus } from '../control/janus-door.ts';
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
  const missing = withoutJanus(refused, isAlone);
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

/** The ways to give commands to those who take part. */
export function doors(
  address: string,
  refused: string,
  { cores, serverFlags: flags, isAlone }: BenchOptions,
): readonly NamedDoor[] {
  const [core] = cores;
  const own = waysOf().map((way) => ({
    name: `${ours} ${way}`,
    open: () => openBroker(way, { core, flags }),
  }));
  if (withoutJanus(refused, isAlone) !== undefined) return own;
  const settings = {
    address,
    interfaceName,
    port: defaultPort,
    eventLoops: 0,
    plugins: ['echotest'],
    sessionTimeout: 0,
  };
  return [...own, { name: janusDefault, open: () => openJanus(janusDefault, settings, core) }];
}

/** Why Janus does not take part; undefined if it does. */
function withoutJanus(refused: string, isAlone: boolean): string | undefined {
  return isAlone ? 'not asked for' : refused || missingJanus();
}

/** By name. */
export function versionsOf(servers: readonly NamedContestant[]): Readonly<Record<string, string>> {
  return Object.fromEntries(servers.map(({ name, version }) => [name, version]));
}
