import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { systemClock } from '#services/kernel';

/** A real nats-server as a child process. Stopping and starting keeps its port. */
export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Where Debian puts it, which is not on the PATH of every user. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

const patienceMs = 5000;

/** The program, or undefined where it is not installed. */
export function natsServerProgram(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable);
}

/**
 * Options of a test that needs nats-server: it is skipped with the reason where that is missing. With CI=true it
 * runs all the same, and fails.
 */
export function withNatsServer(): { readonly skip: string | false } {
  if (process.env['CI'] === 'true' || natsServerProgram() !== undefined) return { skip: false };
  return { skip: 'nats-server is not installed (apt-get install nats-server)' };
}

/**
 * Starts nats-server on a free port of 127.0.0.1, nothing stored. Disposing ends it. `before`: a command that is to run
 * it, for example on one core.
 */
export async function startNatsServer(before: readonly string[] = []): Promise<NatsServer> {
  const program = natsServerProgram();
  if (program === undefined) throw new Error('nats-server is not installed');
  let { child, port } = await launch([...before, program], -1);
  const stop = (): Promise<void> => end(child);
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    start: async () => {
      ({ child, port } = await launch([...before, program], port));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(
  [command = '', ...before]: readonly string[],
  wanted: number,
): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(command, [...before, '-a', '127.0.0.1', '-p', wanted.toString()], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const port = new Promise<number>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /client connections on [\d.]+:(\d+)/.exec(said);
      if (found !== null && said.includes('Server is ready')) resolve(Number(found[1]));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended:\n${said}`)));
  });
  return { child, port: await killedAfter(child, port) };
}

/** Ends exactly this process. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await killedAfter(child, ended);
}

/** Ends the process for good if `promise` takes too long. */
async function killedAfter<Value>(child: ChildProcess, promise: Promise<Value>): Promise<Value> {
  const timer = systemClock.at(systemClock.now() + patienceMs, () => child.kill('SIGKILL'));
  try {
    return await promise;
  } finally {
    timer[Symbol.dispose]();
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us.
    return false;
  }
}
