import { MediaError, type Answer, type Description, type Offer, type SessionId } from '#schemas';
import type { JanusEvent } from '#janus/protocol';
import { unreachable } from '#services/kernel';
import type { LegOperation, MediaUpdate } from '#services/session';
import type { EngineExtensions } from '../../engines.ts';
import { deferred } from '../deferred.ts';
import { trickled } from '../jsep.ts';
import type { Outcome } from '../outcome.ts';
import { readStats } from '../stats.ts';
import type { End, GoBetween } from './go-between.ts';

/** One end's leg, as the call tells it things. */
export interface CallEnd {
  readonly sessionId: SessionId;
  /** What Janus says of this end's peer connection. */
  hear(event: JanusEvent): void;
  /** The other end of an answered call is gone. */
  peerLeft(): void;
  /** The other end is gone before there was an answer. */
  peerStopped(): void;
}

/** The callee's answer was taken. */
export interface Accepted {
  readonly callee: SessionId;
  readonly local: Description;
}

/** Bridges that may ring at the same time. */
const mostRingers = 64;

/** Candidates of Janus that are kept for bridges that come later. */
const mostCandidates = 64;

/** Janus' word for a peer connection that it closed because the other one of the call is gone. */
const closedByCall = 'Close PC';

type State =
  | { readonly name: 'ringing' }
  | { readonly name: 'accepting'; readonly callee: CallEnd }
  | { readonly name: 'answered'; readonly callee: CallEnd }
  /** One end was told that the other is gone; how that one ended is still to come from Janus. */
  | { readonly name: 'parting'; readonly callee: CallEnd; readonly left: End }
  /** At most one end is left, and knows it. */
  | { readonly name: 'over' };

/**
 * One proxy's call: several bridges may ring, the first answer wins, and each end hears of its own peer connection.
 *
 * An answer that Janus refuses leaves the others ringing. Disposing says that the caller is gone.
 */
export class ProxyCall implements Disposable {
  readonly between: GoBetween;
  readonly #caller: CallEnd;
  readonly #extensions: EngineExtensions;
  readonly #ringers = new Set<CallEnd>();
  readonly #offered = deferred<Offer>();
  readonly #accepted = deferred<Accepted>();
  /** Of the offer for the bridges, where Janus trickles. */
  readonly #candidates: JanusEvent[] = [];
  #state: State = { name: 'ringing' };

  constructor(between: GoBetween, caller: CallEnd, extensions: EngineExtensions) {
    this.between = between;
    this.#caller = caller;
    this.#extensions = extensions;
  }

  /** Settles once a bridge was accepted; never rejects, since the caller's leg ends by itself. */
  get accepted(): Promise<Accepted> {
    return this.#accepted.promise;
  }

  /** The bridges have an offer from now on. */
  offer(offer: Offer): void {
    this.#offered.settle(offer);
  }

  /**
   * A bridge rings; resolves with its offer once there is one. Rejects with MediaError: `already_answered` if it comes
   * late, `busy` if too many ring, `peer_stopped` if the caller is gone.
   */
  async ring(end: CallEnd): Promise<Offer> {
    if (this.#state.name === 'over') throw new MediaError('peer_stopped');
    if (this.#state.name !== 'ringing') throw alreadyAnswered();
    if (this.#ringers.size >= mostRingers) throw new MediaError('busy');
    this.#ringers.add(end);
    const offer = await this.#offered.promise;
    for (const event of this.#candidates) end.hear(event);
    return offer;
  }

  /** A bridge's client answers. Rejects as Janus does, or with MediaError `already_answered`. */
  async accept(end: CallEnd, answer: Answer, media: MediaUpdate): Promise<void> {
    if (this.#state.name !== 'ringing') throw alreadyAnswered();
    const accepting: State = { name: 'accepting', callee: end };
    this.#state = accepting;
    try {
      const local = await this.between.accept(answer, media);
      if (this.#state !== accepting) return;
      this.#state = { name: 'answered', callee: end };
      this.#ringers.delete(end);
      this.#accepted.settle({ callee: end.sessionId, local });
    } catch (cause) {
      if (this.#state === accepting) this.#state = { name: 'ringing' };
      throw cause;
    }
  }

  /** Everything that Janus says of either handle. */
  hear(event: JanusEvent): void {
    this.between.hear(event);
    const end = this.#endOf(event);
    if (end === undefined) this.#caller.hear(event);
    else if (event.janus === 'hangup') this.#hungUp(end, event);
    else if (this.#state.name === 'over') return;
    else if (end === 'caller') this.#caller.hear(event);
    else this.#hearAsCallee(event);
  }

  /** What both ends may ask of an answered call. */
  async operate(end: End, what: LegOperation, signal: AbortSignal): Promise<Outcome> {
    const handle = this.between.handles[end];
    switch (what.type) {
      case 'add_candidate':
        if (this.#state.name === 'answered') await handle?.trickle(trickled(what.candidate), signal);
        return {};
      case 'update':
        if (this.#state.name === 'answered') await this.between.update(end, what.media);
        return {};
      case 'stats':
        return this.#stats(end, signal);
      // Janus hands the new offer of one client to the other, whose session has no way to answer it.
      case 'renegotiate':
      case 'record':
        throw new MediaError('not_implemented');
      case 'accept':
      case 'switch_publisher':
      case 'set_type':
        throw new MediaError('invalid_operation');
      default:
        return unreachable(what);
    }
  }

  /** An end on plain RTP has no handle of its own: the other's has its ports. */
  #stats(end: End, signal: AbortSignal): Promise<Outcome> {
    const { caller, callee } = this.between.handles;
    const [handle, other] = end === 'caller' ? [caller, callee] : [callee, caller];
    if (handle !== undefined) return readStats(handle, this.#extensions, signal);
    if (other === undefined) throw new MediaError('invalid_state');
    return readStats(other, this.#extensions, signal, 'plain');
  }

  /** A bridge is gone; the one that was accepted takes the media of both ends with it. */
  async leave(end: CallEnd, signal: AbortSignal): Promise<void> {
    this.#ringers.delete(end);
    const state = this.#state;
    if (!('callee' in state) || state.callee !== end) return;
    this.#state = { name: 'over' };
    if (state.name === 'accepting') this.#caller.peerStopped();
    else if (state.name === 'answered') this.#caller.peerLeft();
    await this.between.hangUp(signal);
  }

  [Symbol.dispose](): void {
    const state = this.#state;
    this.#state = { name: 'over' };
    this.#offered.fail(new MediaError('peer_stopped'));
    for (const ringer of [...this.#ringers]) ringer.peerStopped();
    this.#ringers.clear();
    if (state.name === 'answered') state.callee.peerLeft();
  }

  #endOf(event: JanusEvent): End | undefined {
    const { caller, callee } = this.between.handles;
    if (event.janus === 'timeout') return undefined;
    if (event.sender === caller?.id) return 'caller';
    return event.sender === callee?.id ? 'callee' : undefined;
  }

  /** Both ends have a peer connection, of which Janus closes one when the other is gone. */
  get #hasBoth(): boolean {
    const { caller, callee } = this.between.handles;
    return caller !== undefined && callee !== undefined;
  }

  /** Before there is an answer all bridges share the offer, and its candidates. */
  #hearAsCallee(event: JanusEvent): void {
    if ('callee' in this.#state) return this.#state.callee.hear(event);
    if (event.janus !== 'trickle') return;
    if (this.#candidates.length < mostCandidates) this.#candidates.push(event);
    for (const ringer of this.#ringers) ringer.hear(event);
  }

  /** Janus closes both peer connections, in any order, and gives the real reason for one of them. */
  #hungUp(end: End, event: Extract<JanusEvent, { janus: 'hangup' }>): void {
    const state = this.#state;
    if (state.name === 'over') return;
    if (state.name === 'ringing' || state.name === 'accepting') return this.#caller.hear(event);
    const [self, other] = end === 'caller' ? [this.#caller, state.callee] : [state.callee, this.#caller];
    if (state.name === 'answered' && event.reason === closedByCall && this.#hasBoth) {
      this.#state = { name: 'parting', callee: state.callee, left: end };
      return self.peerLeft();
    }
    if (state.name === 'parting' && state.left === end) return;
    this.#state = { name: 'over' };
    self.hear(event);
    if (state.name === 'answered') other.peerLeft();
  }
}

function alreadyAnswered(): MediaError {
  return new MediaError('already_answered', undefined, {
    hint: 'another bridge of this proxy was answered first',
  });
}
