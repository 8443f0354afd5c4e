import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { Scope } from '#services/kernel';
import { eventually } from '../../interop/support/eventually.ts';
import { fieldsOf } from '../../support/fields.ts';
import type { Contestant, Invitation } from './contestant.ts';
import { JanusFolder, type JanusSettings } from './janus-folder.ts';
import { JanusSocket } from './janus-socket.ts';
import { endProcess, pidOf } from './process.ts';

const program = '/usr/bin/janus';

/** Where Debian keeps libraries, in a folder for each architecture. */
const libraries = '/usr/lib';

const room = 1;
const mostPublishers = 10;
const startMs = 20_000;

/** Until Janus has told itself that the publisher is up. */
const feedMs = 10_000;

/** Why there is no Janus here; undefined where there is one. */
export function missingJanus(): string | undefined {
  return existsSync(program) ? undefined : 'janus is not installed (apt-get install janus)';
}

/** Of the installed package. */
export function janusVersion(): string {
  const format = '${Version}';
  return `Debian ${execFileSync('dpkg-query', ['-W', '-f', format, 'janus'], { encoding: 'utf8' })}`;
}

/** Debian's Janus with a video room. */
export class JanusContestant implements Contestant {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  readonly #scope: Scope;
  readonly #socket: JanusSocket;
  readonly #session: unknown;
  #feed: unknown;

  private constructor(
    name: string,
    settings: JanusSettings,
    child: ChildProcess,
    connected: { readonly scope: Scope; readonly socket: JanusSocket; readonly session: unknown },
  ) {
    this.name = name;
    this.address = settings.address;
    this.pid = pidOf(child);
    this.#scope = connected.scope;
    this.#socket = connected.socket;
    this.#session = connected.session;
  }

  /** Starts the server on one core. */
  static async start(name: string, settings: JanusSettings, core: number): Promise<JanusContestant> {
    const scope = new Scope();
    try {
      const folder = scope.own(await JanusFolder.make(settings, moduleFolder()));
      const command = ['-c', String(core), program, '-F', folder.path];
      const child = spawn('taskset', command, { stdio: 'ignore' });
      scope.defer(() => endProcess(child));
      const url = `ws://${settings.address}:${settings.port}`;
      const socket = scope.own(await eventually(`${name} listens`, startMs, () => JanusSocket.open(url)));
      const created = await socket.request({ janus: 'create' });
      const session = fieldsOf(created.get('data')).get('id');
      return new JanusContestant(name, settings, child, { scope, socket, session });
    } catch (cause) {
      await scope[Symbol.asyncDispose]();
      throw cause;
    }
  }

  async publish(sdp: string): Promise<string> {
    const handle = await this.#attach();
    await this.#message(handle, {
      request: 'create',
      room,
      publishers: mostPublishers,
      // As ours: no packet carries a transport-wide number.
      transport_wide_cc_ext: false,
    });
    const joined = await this.#message(handle, { request: 'join', room, ptype: 'publisher' });
    this.#feed = fieldsOf(fieldsOf(joined.get('plugindata')).get('data')).get('id');
    const answered = await this.#message(handle, { request: 'configure' }, { type: 'offer', sdp });
    return String(fieldsOf(answered.get('jsep')).get('sdp'));
  }

  async invite(): Promise<Invitation> {
    const handle = await this.#attach();
    const join = { request: 'join', room, ptype: 'subscriber', streams: [{ feed: this.#feed }] };
    const attached = await eventually('the publisher is up in Janus', feedMs, () =>
      this.#message(handle, join),
    );
    return {
      offer: String(fieldsOf(attached.get('jsep')).get('sdp')),
      accept: async (sdp) => {
        await this.#message(handle, { request: 'start' }, { type: 'answer', sdp });
      },
      leave: async () => {
        await this.#request({ janus: 'detach', handle_id: handle });
      },
    };
  }

  async collect(): Promise<void> {
    // It has nothing to collect.
  }

  loopDelay(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  async #attach(): Promise<unknown> {
    const attached = await this.#request({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
    return fieldsOf(attached.get('data')).get('id');
  }

  #message(handle: unknown, body: object, jsep?: object): Promise<ReadonlyMap<string, unknown>> {
    return this.#request({ janus: 'message', handle_id: handle, body, ...(jsep && { jsep }) });
  }

  #request(fields: Readonly<Record<string, unknown>>): Promise<ReadonlyMap<string, unknown>> {
    return this.#socket.request({ session_id: this.#session, ...fields });
  }
}

function moduleFolder(): string {
  const folders = readdirSync(libraries).map((architecture) => `${libraries}/${architecture}/janus`);
  const found = folders.find((folder) => existsSync(`${folder}/plugins`));
  if (found === undefined) throw new Error(`no modules of Janus below ${libraries}`);
  return found;
}
