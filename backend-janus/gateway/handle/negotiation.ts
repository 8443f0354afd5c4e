import { NegotiationError, parseSdp, requireTransport } from '#janus/media';
import { JanusRefusal, type JanusTrickle, type Jsep } from '#janus/protocol';

/** Candidates held per handle; more than any browser gathers, and the rest is dropped. */
const mostHeld = 64;

/**
 * The exchanges of descriptions on one peer connection, and the remote candidates that came before theirs.
 *
 * Janus leaves a handle whose offer was refused in a state in which the next offer fails too; here it starts afresh.
 */
export class Negotiation {
  readonly #keepMs: number;
  #pending: 'ours' | 'theirs' | undefined;
  #rounds = 0;
  #held: { readonly candidate: JanusTrickle; readonly since: number }[] = [];

  /** `keepMs`: how long a candidate is of use, in milliseconds. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** One exchange is complete, so whatever follows is an update. */
  get isUpdate(): boolean {
    return this.#rounds > 0;
  }

  /** An offer of the client waits for our answer. */
  get isOffered(): boolean {
    return this.#pending === 'theirs';
  }

  /** No description waits for its answer: candidates can be used. */
  get isStable(): boolean {
    return this.#rounds > 0 && this.#pending === undefined;
  }

  /** Why a description of the client cannot be used now; undefined if it can. */
  refusalOf({ type, sdp }: Jsep): JanusRefusal | undefined {
    if (type === 'answer' && this.#pending !== 'ours')
      return new JanusRefusal('unexpected_answer', 'Unexpected ANSWER (did we offer?)');
    // Whoever's offer comes second gives way (RFC 3264 section 4), and that is never ours: it was told before.
    if (type === 'offer' && this.#pending === 'ours')
      return new JanusRefusal('webrtc_state', 'Wrong WebRTC state (our own offer waits for its answer)');
    try {
      requireTransport(parseSdp(sdp));
      return undefined;
    } catch (cause) {
      if (!(cause instanceof NegotiationError)) throw cause;
      return new JanusRefusal('jsep_invalid_sdp', `Error processing SDP: ${cause.message}`, { cause });
    }
  }

  /** Takes note of a description of the client that is not refused. */
  begin(type: Jsep['type']): void {
    if (type === 'offer') this.#pending = 'theirs';
  }

  offered(): void {
    this.#pending = 'ours';
  }

  completed(): void {
    this.#pending = undefined;
    this.#rounds += 1;
  }

  /** Forgets an offer of theirs that was refused; what was negotiated before it holds (RFC 3264 section 8). */
  refused(): void {
    if (this.#pending === 'theirs') this.#pending = undefined;
  }

  hold(candidates: readonly JanusTrickle[], now: number): void {
    for (const candidate of candidates) {
      if (this.#held.length < mostHeld) this.#held.push({ candidate, since: now });
    }
  }

  /** Gives the held candidates that are still of use, once; none while a description waits for its answer. */
  take(now: number): JanusTrickle[] {
    if (!this.isStable) return [];
    const fresh = this.#held.filter(({ since }) => now - since <= this.#keepMs);
    this.#held = [];
    return fresh.map(({ candidate }) => candidate);
  }

  /** The peer connection is gone. */
  reset(): void {
    this.#pending = undefined;
    this.#rounds = 0;
    this.#held = [];
  }
}
