import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** Ports in use, as the ready file has them. */
export type Ports = Readonly<Record<string, number>>;

const main = fileURLToPath(import.meta.resolve('../../../services/main.js'));

/** A broker in a process of its own, on free ports of 127.0.0.1; disposing ends it by its id. */
export class BrokerProcess implements AsyncDisposable {
  readonly ports: Ports;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #log: string[];

  private constructor(process: ChildProcess, folder: string, ports: Ports, log: string[]) {
    this.#process = process;
    this.#folder = folder;
    this.ports = ports;
    this.#log = log;
  }

  /** Starts one and waits until it listens; `settings` are environment variables, `flags` further ones of Node. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    flags: readonly string[] = [],
  ): Promise<BrokerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'bifrons-'));
    const readyFile = join(folder, 'ready.json');
    const env = { PATH: process.env['PATH'], ...freePorts, BIFRONS_READY_FILE: readyFile, ...settings };
    const child = spawn(process.execPath, ['--enable-source-maps', ...flags, main], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => log.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.push(text));
    try {
      const ports = await eventually('the broker is ready', 20_000, async () => {
        assert.equal(child.exitCode, null, `the broker ended: ${log.join('')}`);
        return portsIn(await readFile(readyFile, 'utf8'));
      });
      return new BrokerProcess(child, folder, ports, log);
    } catch (cause) {
      child.kill('SIGKILL');
      throw cause;
    }
  }

  /** Lines the broker has logged so far, parsed; what is not JSON is left out. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    return this.#log.join('').split('\n').flatMap(parsedLine);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Asks it to stop; resolves with its exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      const forced = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(forced);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const freePorts = {
  BIFRONS_NATS_PORT: '0',
  BIFRONS_HTTP_PORT: '0',
  BIFRONS_COMMAND_PORT: '0',
  BIFRONS_MEDIA_PORT: '0',
  BIFRONS_DRAIN_TIMEOUT: '0',
  BIFRONS_LOG_LEVEL: 'debug',
};

function portsIn(text: string): Ports {
  const ports: unknown = JSON.parse(text);
  assert.ok(typeof ports === 'object' && ports !== null);
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]: [string, unknown]) => {
      assert.ok(typeof port === 'number', name);
      return [name, port];
    }),
  );
}

function parsedLine(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return [];
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
  } catch {
    // Not a line of the log: a stack trace or a banner.
    return [];
  }
}
