import { localConnection, type JanusConnection } from '#janus/client';
import { PlainRtpLegs } from '#janus/plain-rtp';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { createLog, Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { Engine } from '../../../backend-janus/engine.ts';
import { fieldsOf, textOf, type Fields } from './nats-caller.ts';

/** An engine in this process on real UDP sockets, with one NoSIP handle. */
export interface EngineBridge extends AsyncDisposable {
  /** A description of the browser becomes a plain one. */
  generate(type: 'offer' | 'answer', sdp: string, body?: object): Promise<string>;
  /** A plain description becomes one for the browser. */
  process(type: 'offer' | 'answer', sdp: string, body?: object): Promise<string>;
  /** Plain legs that are open. */
  readonly legs: number;
}

/** Opens one; disposing releases all. */
export async function bridgeEngine(): Promise<EngineBridge> {
  const [clock, random, scope] = [systemClock, systemRandom, new Scope()];
  const parts = { clock, random, sockets: new UdpSocketFactory(clock), srtp: srtpContexts };
  const options = { local: { address: '127.0.0.1', port: 0 }, announcedAddresses: [] };
  const peerConnections = scope.own(await WebRtc.open(parts, options));
  const ports = { first: 23_000, last: 23_999 };
  const plainRtp = scope.own(new PlainRtpLegs(parts, { address: '127.0.0.1', ports }));
  const log = createLog('silent', {});
  const engine = scope.own(new Engine('test-0', { clock, random, log, peerConnections, plainRtp }));
  const fault = (cause: unknown): void => {
    throw cause;
  };
  const connection = scope.own(localConnection(engine.door, { clock, fault }));
  const ask = await attach(connection);
  return {
    get legs() {
      return plainRtp.size;
    },
    async generate(type, sdp, body = {}) {
      return textOf((await ask({ request: 'generate', ...body }, { type, sdp })).result, 'sdp');
    },
    async process(type, sdp, body = {}) {
      return textOf((await ask({ request: 'process', type, sdp, ...body })).jsep, 'sdp');
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** How the plugin answers one message. */
interface Answered {
  readonly result: Fields;
  readonly jsep: Fields;
}

type Ask = (body: JsonObject, jsep?: { type: 'offer' | 'answer'; sdp: string }) => Promise<Answered>;
type JsonObject = Readonly<Record<string, unknown>>;

/** Attaches a handle; gives what sends messages to it. */
async function attach(connection: JanusConnection): Promise<Ask> {
  const never = new AbortController().signal;
  const idOf = (reply: { readonly data?: object }): number => Number(fieldsOf(reply.data)['id']);
  const created = await connection.request({ janus: 'create' }, never);
  const session_id = 'data' in created ? idOf(created) : 0;
  const request = { janus: 'attach', session_id, plugin: 'janus.plugin.nosip' } as const;
  const attached = await connection.request(request, never);
  const handle_id = 'data' in attached ? idOf(attached) : 0;
  return async (body, jsep) => {
    const message = { janus: 'message', session_id, handle_id, body: { ...body } } as const;
    const reply = await connection.request({ ...message, ...(jsep && { jsep }) }, never);
    const { data } = fieldsOf('plugindata' in reply ? reply.plugindata : {});
    const { result, error } = fieldsOf(data);
    if (typeof error === 'string') throw new Error(error);
    return { result: fieldsOf(result), jsep: fieldsOf(('jsep' in reply ? reply.jsep : undefined) ?? {}) };
  };
}
