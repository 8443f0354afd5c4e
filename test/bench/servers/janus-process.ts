import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { Scope } from '#services/kernel';
import { eventually } from '../../interop/support/eventually.ts';
import { JanusFolder, type JanusSettings } from './janus-folder.ts';
import { JanusSocket } from './janus-socket.ts';
import { endProcess, pidOf } from './process.ts';

/** Debian's. */
export const janusProgram = '/usr/bin/janus';

/** Where Debian keeps libraries, in a folder for each architecture. */
const libraries = '/usr/lib';

const startMs = 20_000;

/** Debian's Janus in a process of its own with its folder; disposing ends it. */
export class JanusProcess implements AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  /** Open since it listens. */
  readonly socket: JanusSocket;
  readonly #scope: Scope;

  private constructor(child: ChildProcess, url: string, socket: JanusSocket, scope: Scope) {
    this.pid = pidOf(child);
    this.url = url;
    this.socket = socket;
    this.#scope = scope;
  }

  /** Starts the server on one core and waits until it listens. */
  static async start(name: string, settings: JanusSettings, core: number): Promise<JanusProcess> {
    const scope = new Scope();
    try {
      const folder = scope.own(await JanusFolder.make(settings, moduleFolder()));
      const command = ['-c', String(core), janusProgram, '-F', folder.path];
      const child = spawn('taskset', command, { stdio: 'ignore' });
      scope.defer(() => endProcess(child));
      const url = `ws://${settings.address}:${settings.port}`;
      const socket = scope.own(await eventually(`${name} listens`, startMs, () => JanusSocket.open(url)));
      return new JanusProcess(child, url, socket, scope);
    } catch (cause) {
      await scope[Symbol.asyncDispose]();
      throw cause;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

function moduleFolder(): string {
  const folders = readdirSync(libraries).map((architecture) => `${libraries}/${architecture}/janus`);
  const found = folders.find((folder) => existsSync(`${folder}/plugins`));
  if (found === undefined) throw new Error(`no modules of Janus below ${libraries}`);
  return found;
}
