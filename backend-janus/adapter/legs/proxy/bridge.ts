import { MediaError, type Answer, type Candidate } from '#schemas';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import { orAborted } from '../deferred.ts';
import { mostTrickled } from '../jsep.ts';
import type { OpenLeg, SagaGround } from '../leg-saga.ts';
import type { Outcome } from '../outcome.ts';
import type { CallEnd, ProxyCall } from './proxy-call.ts';

/** A callee's end of a bridge: it has no Janus session of its own, but the proxy's second handle once it was accepted. */
export async function openBridge(ground: SagaGround): Promise<OpenLeg> {
  const { request, bridges, signal } = ground;
  const { peerId, media } = request;
  if (peerId === undefined) throw new MediaError('missing_field', 'peer_id');
  const call = await orAborted(bridges.find(peerId), signal);
  const end = calleeEnd(ground);
  ground.own({ [Symbol.asyncDispose]: () => ground.farewell((limit) => call.leave(end, limit)) });
  const local = await orAborted(call.ring(end), signal);
  const bridge = new Bridge(call, end, media, signal);
  const { proxyType: proxy_type } = call.between;
  const present = { sessionType: 'bridge', ext: { peer_id: peerId, role: 'slave', proxy_type } } as const;
  return { local, present, operate: (what) => bridge.operate(what) };
}

function calleeEnd({ request, hear, tell, end }: SagaGround): CallEnd {
  return {
    sessionId: request.sessionId,
    hear: (event) => hear(event),
    peerLeft: () => tell({ type: 'peer_left' }),
    peerStopped: () => end('peer_stopped'),
  };
}

class Bridge {
  readonly #call: ProxyCall;
  readonly #end: CallEnd;
  readonly #signal: AbortSignal;
  /** What is kept until the answer is accepted; undefined from then on. */
  #kept: { media: MediaUpdate; candidates: (Candidate | undefined)[] } | undefined;

  constructor(call: ProxyCall, end: CallEnd, media: MediaUpdate, signal: AbortSignal) {
    this.#call = call;
    this.#end = end;
    this.#signal = signal;
    this.#kept = { media, candidates: [] };
  }

  async operate(what: LegOperation): Promise<Outcome> {
    const kept = this.#kept;
    if (kept === undefined) return this.#call.operate('callee', what, this.#signal);
    switch (what.type) {
      case 'accept':
        return this.#accept(what.answer, what.isProvisional ?? false, kept);
      case 'update':
        kept.media = { ...kept.media, ...what.media };
        return {};
      case 'add_candidate':
        if (kept.candidates.length < mostTrickled) kept.candidates.push(what.candidate);
        return {};
      case 'stats':
      case 'renegotiate':
      case 'record':
        throw new MediaError('invalid_state');
      case 'switch_publisher':
      case 'set_type':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  /** Only an answer that is final can be given to Janus. */
  async #accept(
    answer: Answer,
    isProvisional: boolean,
    { media, candidates }: { readonly media: MediaUpdate; readonly candidates: (Candidate | undefined)[] },
  ): Promise<Outcome> {
    if (isProvisional) throw new MediaError('invalid_operation');
    await orAborted(this.#call.accept(this.#end, answer, media), this.#signal);
    this.#kept = undefined;
    for (const candidate of candidates)
      await this.#call.operate('callee', { type: 'add_candidate', candidate }, this.#signal);
    return {};
  }
}
