import { execFileSync } from 'node:child_process';
import { BrokerProcess } from '../../interop/support/broker-process.ts';

/** How the broker under test is run. */
export interface BrokerSettings {
  readonly core: number;
  /** Further flags of Node. */
  readonly flags: readonly string[];
  /** Instead of its own bus. */
  readonly natsUrl?: string | undefined;
}

/** Starts the whole product with its default settings, which log no command. */
export async function startBroker({ core, flags, natsUrl }: BrokerSettings): Promise<BrokerProcess> {
  const settings = { BIFRONS_LOG_LEVEL: 'info', ...(natsUrl !== undefined && { NATS_URL: natsUrl }) };
  const broker = await BrokerProcess.start(settings, flags);
  pin(broker.pid, core);
  return broker;
}

/** Moves all threads of a process to one core, since it was started without one. */
function pin(pid: number | undefined, core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}
