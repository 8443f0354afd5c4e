import type { SessionId } from '#schemas';
import type { LinkSettings, PeerEvent, SessionOutput } from '../messages.ts';
import type { SessionConfig } from '../session-config.ts';
import { CandidateGate, type Trickled } from '../trickle/candidate-gate.ts';

/** What the end of another session means to this one. */
export interface LossOfPeer {
  /** It was the one to end with: the master, the slave that answered, or the last slave of all. */
  readonly isDecisive: boolean;
  /** It was the other end of the media. */
  readonly isBridged: boolean;
}

/**
 * The sessions that one session is linked to: the master it follows, those that follow it, and those it shares media
 * with. Of several slaves the one that answered counts once it is known: another's end then changes nothing.
 */
export class Links {
  /** Each with what it trickled before there is an answer: of several callees one is chosen, and its candidates count. */
  readonly #slaves = new Map<SessionId, CandidateGate>();
  /** Bridges that were made to this proxy, and of a bridge its proxy. */
  readonly #bridged = new Set<SessionId>();
  readonly #proxy: SessionId | undefined;
  #master: SessionId | undefined;
  #answeredBy: SessionId | undefined;
  #setsMasterAnswer: boolean;
  #stopAfterPeer: boolean;

  constructor({ type, peerId, masterId, setsMasterAnswer, stopAfterPeer }: SessionConfig) {
    this.#master = masterId;
    this.#proxy = type === 'bridge' ? peerId : undefined;
    if (this.#proxy !== undefined) this.#bridged.add(this.#proxy);
    this.#setsMasterAnswer = setsMasterAnswer;
    this.#stopAfterPeer = stopAfterPeer;
  }

  get master(): SessionId | undefined {
    return this.#master;
  }

  /** In the order in which they came. */
  get slaves(): readonly SessionId[] {
    return [...this.#slaves.keys()];
  }

  /** Our answer is also our master's. */
  get setsMasterAnswer(): boolean {
    return this.#setsMasterAnswer;
  }

  get stopAfterPeer(): boolean {
    return this.#stopAfterPeer;
  }

  /** The one of several slaves, or bridges, that answered. */
  get answeredBy(): SessionId | undefined {
    return this.#answeredBy;
  }

  /** Everyone who must hear of our end. */
  get all(): readonly SessionId[] {
    const master = this.#master === undefined ? [] : [this.#master];
    return [...new Set([...master, ...this.#slaves.keys(), ...this.#bridged])];
  }

  follow(master: SessionId, settings: LinkSettings): void {
    this.#master = master;
    this.#setsMasterAnswer = settings.setsMasterAnswer ?? this.#setsMasterAnswer;
    this.#stopAfterPeer = settings.stopAfterPeer ?? this.#stopAfterPeer;
  }

  addSlave(id: SessionId): void {
    if (!this.#slaves.has(id)) this.#slaves.set(id, new CandidateGate(undefined));
  }

  addBridge(id: SessionId): void {
    this.#bridged.add(id);
  }

  /** The first one counts. */
  answered(by: SessionId): void {
    this.#answeredBy ??= by;
  }

  /** Forgets a session that ended. */
  lose(id: SessionId): LossOfPeer {
    const wasMaster = this.#master === id;
    const wasSlave = this.#slaves.delete(id);
    const hasAnswered = this.#answeredBy === id;
    const isLast = this.#answeredBy === undefined && this.#slaves.size === 0;
    this.#bridged.delete(id);
    if (wasMaster) this.#master = undefined;
    if (hasAnswered) this.#answeredBy = undefined;
    return {
      isDecisive: wasMaster || (wasSlave && (hasAnswered || isLast)),
      isBridged: id === this.#proxy || hasAnswered,
    };
  }

  /** Takes the links to one session away, or those to all; returns whose. Media that is shared stays so. */
  unlink(id?: SessionId): readonly SessionId[] {
    const gone = [...this.slaves, ...(this.#master === undefined ? [] : [this.#master])].filter(
      (linked) => id === undefined || linked === id,
    );
    for (const linked of gone) {
      this.#slaves.delete(linked);
      if (this.#master === linked) this.#master = undefined;
      if (this.#answeredBy === linked && !this.#bridged.has(linked)) this.#answeredBy = undefined;
    }
    return gone;
  }

  /** To the master; without one to the slave that answered, and to all of them while none has. */
  relay(event: PeerEvent): SessionOutput[] {
    if (this.#master !== undefined) return tellPeers([this.#master], event);
    const chosen = this.#answeredBy;
    return tellPeers(chosen !== undefined && this.#slaves.has(chosen) ? [chosen] : this.slaves, event);
  }

  /** Keeps a candidate of a slave for `kept`; false if it is no slave's. */
  keep(from: SessionId, candidate: Trickled, now: number): boolean {
    return this.#slaves.get(from)?.take(candidate, now) !== undefined;
  }

  /**
   * What was kept of the slave that answered, or of all if none has; it ends if all of them had ended. Nothing is kept
   * any more.
   */
  kept(): readonly Trickled[] {
    const chosen = this.#answeredBy;
    const drained = [...this.#slaves].map(([id, gate]) => ({ id, trickled: gate.drain() }));
    const counting = drained
      .filter(({ id, trickled }) => (chosen === undefined || chosen === id) && trickled.length > 0)
      .map(({ trickled }) => trickled);
    const candidates = counting.flatMap((trickled) =>
      trickled.filter((candidate) => candidate !== undefined),
    );
    const isComplete = counting.length > 0 && counting.every((trickled) => trickled.at(-1) === undefined);
    return isComplete ? [...candidates, undefined] : candidates;
  }

  /** Whether that one still has a say: no slave does once another has answered. */
  hears(id: SessionId): boolean {
    return !this.#slaves.has(id) || this.#answeredBy === undefined || this.#answeredBy === id;
  }
}

/** The same event for several sessions. */
export function tellPeers(to: readonly SessionId[], event: PeerEvent): SessionOutput[] {
  return to.map((peer) => ({ type: 'peer', to: peer, event }));
}
