import { localConnection, type JanusConnection } from '#janus/client';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { createLog, Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { Engine, type EngineCounts } from '../../../backend-janus/engine.ts';
import { fieldsOf, textOf } from './nats-caller.ts';

/** What a plugin says, and the description beside it. */
export interface Said {
  readonly data: Readonly<Record<string, unknown>>;
  readonly sdp: string;
}

/** An engine in this process on a real UDP socket, with one Janus session; disposing releases all. */
export class EngineHandles implements AsyncDisposable {
  readonly #scope: Scope;
  readonly #engine: Engine;
  readonly #connection: JanusConnection;
  readonly #session_id: number;

  private constructor(scope: Scope, engine: Engine, connection: JanusConnection, session_id: number) {
    this.#scope = scope;
    this.#engine = engine;
    this.#connection = connection;
    this.#session_id = session_id;
  }

  static async open(): Promise<EngineHandles> {
    const clock = systemClock;
    const random = systemRandom;
    const scope = new Scope();
    const parts = { clock, random, sockets: new UdpSocketFactory(clock), srtp: srtpContexts };
    const options = { local: { address: '127.0.0.1', port: 0 }, announcedAddresses: [] };
    const peerConnections = scope.own(await WebRtc.open(parts, options));
    const log = createLog('silent', {});
    const engine = scope.own(new Engine('test-0', { clock, random, log, peerConnections }));
    const fault = (cause: unknown): void => {
      throw cause;
    };
    const connection = scope.own(localConnection(engine.door, { clock, fault }));
    const created = await connection.request({ janus: 'create' }, new AbortController().signal);
    return new EngineHandles(scope, engine, connection, idIn(created));
  }

  get counts(): EngineCounts {
    return this.#engine.counts;
  }

  /** A handle on a plugin, as the function that asks it. */
  async attach(plugin: string): Promise<(body: object, jsep?: object) => Promise<Said>> {
    const session_id = this.#session_id;
    const never = new AbortController().signal;
    const handle_id = idIn(await this.#connection.request({ janus: 'attach', session_id, plugin }, never));
    return async (body, jsep) => {
      const message = { janus: 'message', session_id, handle_id, body: { ...body } } as const;
      const reply = await this.#connection.request({ ...message, ...jsepOf(jsep) }, never);
      const data = 'plugindata' in reply ? fieldsOf(fieldsOf(reply.plugindata)['data']) : {};
      const sdp = 'jsep' in reply ? textOf(fieldsOf(reply.jsep), 'sdp') : '';
      return { data, sdp };
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

function jsepOf(jsep: object | undefined): {
  readonly jsep?: { readonly type: 'offer' | 'answer'; readonly sdp: string };
} {
  if (jsep === undefined) return {};
  const { type, sdp } = fieldsOf(jsep);
  return { jsep: { type: type === 'offer' ? 'offer' : 'answer', sdp: String(sdp) } };
}

function idIn(reply: object): number {
  return Number(fieldsOf(fieldsOf(reply)['data'])['id']);
}
