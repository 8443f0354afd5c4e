import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { createLog, Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { Engine } from '../../../backend-janus/engine.ts';
import { localConnection } from '#janus/client';
import { fieldsOf, textOf } from './nats-caller.ts';

/** An engine in this process on a real UDP socket, with one echotest handle. */
export interface EngineCall extends AsyncDisposable {
  /** The engine's answer to a peer's offer. */
  answer(offer: string): Promise<string>;
  /** Changes what the echotest handle does: `{ substream: 1 }`. */
  configure(body: object): Promise<void>;
}

/** Opens one; disposing releases all. */
export async function callEngine(): Promise<EngineCall> {
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
  const never = new AbortController().signal;
  const idOf = (reply: { readonly data?: object }): number => Number(fieldsOf(reply.data)['id']);
  const created = await connection.request({ janus: 'create' }, never);
  const session_id = 'data' in created ? idOf(created) : 0;
  const attached = await connection.request(
    { janus: 'attach', session_id, plugin: 'janus.plugin.echotest' },
    never,
  );
  const handle_id = 'data' in attached ? idOf(attached) : 0;
  return {
    async answer(offer) {
      const jsep = { type: 'offer', sdp: offer } as const;
      const message = { janus: 'message', session_id, handle_id, body: {}, jsep } as const;
      const reply = await connection.request(message, never);
      return textOf(fieldsOf('jsep' in reply ? reply.jsep : undefined), 'sdp');
    },
    async configure(body) {
      await connection.request({ janus: 'message', session_id, handle_id, body: { ...body } }, never);
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}
