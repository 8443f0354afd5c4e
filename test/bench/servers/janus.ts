import { Scope } from '#services/kernel';
import { eventually } from '../../interop/support/eventually.ts';
import type { JanusSettings } from '../../interop/support/janus-folder.ts';
import { JanusServer } from '../../interop/support/janus-server.ts';
import { fieldsOf } from '../../support/fields.ts';
import type { Contestant, Invitation } from './contestant.ts';
import { JanusSocket } from './janus-socket.ts';

const room = 1;
const mostPublishers = 10;

/** Until Janus has told itself that the publisher is up. */
const feedMs = 10_000;

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
    pid: number,
    connected: { readonly scope: Scope; readonly socket: JanusSocket; readonly session: unknown },
  ) {
    this.name = name;
    this.address = settings.address;
    this.pid = pid;
    this.#scope = connected.scope;
    this.#socket = connected.socket;
    this.#session = connected.session;
  }

  /** Starts the server on one core. */
  static async start(name: string, settings: JanusSettings, core: number): Promise<JanusContestant> {
    const scope = new Scope();
    try {
      const server = scope.own(await JanusServer.start(settings, ['taskset', '-c', String(core)]));
      const socket = scope.own(await JanusSocket.open(server.url));
      const created = await socket.request({ janus: 'create' });
      const session = fieldsOf(created.get('data')).get('id');
      return new JanusContestant(name, settings, server.pid, { scope, socket, session });
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
