import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { Scope } from '#services/kernel';
import { eventually } from './eventually.ts';
import { JanusFolder, type JanusSettings } from './janus-folder.ts';
import { endProcess, pidOf } from './process.ts';

const program = '/usr/bin/janus';

/** Where Debian keeps libraries, in a folder for each architecture. */
const libraries = '/usr/lib';

const startMs = 20_000;

/** The plugins that the broker's sessions use. */
const brokerPlugins = ['echotest', 'videocall', 'videoroom', 'nosip'];

/** Why there is no Janus here; undefined where there is one. */
export function missingJanus(): string | undefined {
  return existsSync(program) ? undefined : 'janus is not installed (apt-get install janus)';
}

/** Of the installed package. */
export function janusVersion(): string {
  const format = '${Version}';
  return `Debian ${execFileSync('dpkg-query', ['-W', '-f', format, 'janus'], { encoding: 'utf8' })}`;
}

/** Settings of a Janus on the loopback with what the broker uses: it can be told everything, but no peer reaches it. */
export function loopbackJanus(port: number, more: Partial<JanusSettings> = {}): JanusSettings {
  return {
    address: '127.0.0.1',
    interfaceName: 'lo',
    port,
    eventLoops: 0,
    plugins: brokerPlugins,
    sessionTimeout: 60,
    ...more,
  };
}

/** Debian's Janus, listening for its API on a WebSocket. Disposing ends it. */
export class JanusServer implements AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #scope: Scope;

  private constructor(child: ChildProcess, url: string, scope: Scope) {
    this.pid = pidOf(child);
    this.url = url;
    this.#child = child;
    this.#scope = scope;
  }

  /** Resolves once it listens; `wrapper` is a command that runs it and becomes it, as `taskset`. */
  static async start(settings: JanusSettings, wrapper: readonly string[] = []): Promise<JanusServer> {
    const scope = new Scope();
    try {
      const folder = scope.own(await JanusFolder.make(settings, moduleFolder()));
      const [command, ...args] = [...wrapper, program, '-F', folder.path];
      const child = spawn(command, args, { stdio: 'ignore' });
      scope.defer(() => endProcess(child));
      const { address, port } = settings;
      await eventually('Janus listens', startMs, () => reach(address, port));
      return new JanusServer(child, `ws://${address}:${port}`, scope);
    } catch (cause) {
      await scope[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Lets it hang, as a machine that cannot be reached any more; `resume` ends that. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.#scope[Symbol.asyncDispose]();
  }
}

async function reach(address: string, port: number): Promise<true> {
  const socket = connect(port, address);
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

function moduleFolder(): string {
  const folders = readdirSync(libraries).map((architecture) => `${libraries}/${architecture}/janus`);
  const found = folders.find((folder) => existsSync(`${folder}/plugins`));
  if (found === undefined) throw new Error(`no modules of Janus below ${libraries}`);
  return found;
}
