import type { Book } from './book.ts';
import { hears, lose, relatives, unlinkFrom } from './links.ts';
import { ModelRooms } from './rooms.ts';
import { born, hasLeg, isAnsweredHere, type Early, type Held, type Making, type Subject } from './subject.ts';

/** Told once whether an answer was taken, or why not. */
type Verdict = (error: string | undefined) => void;

/** Who gave an answer: its client, a slave by its id, nobody. */
type Giver = 'client' | { readonly slave: string } | undefined;

const trickleMs = 5000;
const earlyKeptMs = 45_000;

/** The rules of nkmedia-api.md section 3 in their plainest form: straight down, with nothing that waits. */
export class ModelSessions {
  readonly alive = new Map<string, Subject>();
  readonly rooms: ModelRooms;
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
    this.rooms = new ModelRooms(book, (session, reason) => this.end(session, reason));
  }

  readonly find = (id: string | undefined): Subject | undefined => this.alive.get(id ?? '');

  start(making: Making): void {
    const session = born(making, this.#book.now);
    const { id, isTrickled, gathersOffer } = session;
    this.alive.set(id, session);
    this.#book.tell(id, 'created');
    this.find(session.proxy)?.bridges.add(id);
    const isHeld = making.hasOffer && isTrickled && gathersOffer;
    if (isHeld) this.#hold(session, 'offer');
    session.hasOffer = making.hasOffer && !isHeld;
    const master = this.find(session.master);
    if (master !== undefined) this.#enlist(session, master);
    if (!isHeld) this.#open(session);
  }

  end(id: string, reason: string): void {
    const session = this.alive.get(id);
    if (session === undefined) return;
    this.alive.delete(id);
    this.#book.settle(id, reason);
    this.rooms.leave(id);
    this.#book.tell(id, `destroyed ${reason}`);
    for (const other of relatives(session)) this.#onEnd(this.alive.get(other), id);
  }

  /** The other end of its media is gone. */
  peerLeft(session: Subject): void {
    if (session.stopsAfterPeer) this.end(session.id, 'bridge_stop');
    else if (session.isAnswered && hasLeg(session.kind)) this.become(session, 'park');
  }

  become(session: Subject, present: string, other?: string): void {
    const isFirst = present === session.kind && !session.isOpen;
    const isNews = session.present !== present || session.other !== other || isFirst;
    session.present = present;
    session.other = other;
    if (!isNews) return;
    if (present === 'publish')
      this.rooms.join(session.id, session.room, { role: 'publisher', follows: undefined });
    else if (present === 'listen')
      this.rooms.join(session.id, session.room, { role: 'listener', follows: other });
    else this.rooms.leave(session.id);
    this.#book.tell(session.id, `type ${present} ${other ?? ''}`);
  }

  link(session: Subject, master: Subject, stopsAfterPeer?: boolean, setsMasterAnswer?: boolean): void {
    session.master = master.id;
    session.stopsAfterPeer = stopsAfterPeer ?? session.stopsAfterPeer;
    session.setsMasterAnswer = setsMasterAnswer ?? session.setsMasterAnswer;
    this.#enlist(session, master);
    for (const isEnd of session.relayed) this.#deliver(master, session, isEnd);
  }

  unlink(session: Subject, other?: string): void {
    const master = session.master === undefined ? [] : [session.master];
    const all = [...session.slaves, ...master].filter((linked) => other === undefined || linked === other);
    for (const linked of all) {
      unlinkFrom(session, linked);
      const there = this.alive.get(linked);
      if (there !== undefined) unlinkFrom(there, session.id);
    }
  }

  setAnswer(session: Subject, giver: Giver, isTrickled: boolean, verdict: Verdict): void {
    const fault = whyNoAnswer(session);
    if (fault !== undefined) return verdict(fault);
    if (!isTrickled || !session.gathersAnswer || session.kind === 'bridge')
      return this.#accept(session, giver, isTrickled, verdict);
    if (typeof giver === 'object' && !hasLeg(session.kind)) session.answeredBy ??= giver.slave;
    verdict(undefined);
    if (this.alive.has(session.id)) this.#hold(session, 'answer');
  }

  /** `isEnd`: no candidate, but the end of them. */
  trickle(session: Subject, isEnd: boolean): void {
    const { held, kind } = session;
    if (held?.side === 'client') return this.#gather(session, held, isEnd);
    const isEarly = session.isCallee && session.gathersAnswer && awaitsAnswer(session);
    if (hasLeg(kind) || isEarly) return this.#keep(session, isEnd);
    session.relayed.push(isEnd);
    const chosen = session.answeredBy;
    const only = session.master ?? (chosen !== undefined && session.slaves.has(chosen) ? chosen : undefined);
    for (const other of only === undefined ? session.slaves : [only])
      this.#deliver(this.alive.get(other), session, isEnd);
  }

  mute(session: Subject, isMuted: boolean): void {
    if (session.isMuted !== isMuted) this.#book.tell(session.id, 'status update');
    session.isMuted = isMuted;
  }

  /** What is held goes on with what there is. */
  complete(session: Subject, { kind, side, count }: Held): void {
    session.held = undefined;
    if (count === 0) return this.end(session.id, 'no_ice_candidates');
    if (kind === 'offer') return this.#offered(session, side);
    if (side === 'client') this.#accept(session, undefined, false, () => undefined);
    else this.#settle(session, undefined, false, () => undefined);
  }

  #onEnd(session: Subject | undefined, gone: string): void {
    if (session === undefined) return;
    const { isDecisive, isBridged } = lose(session, gone);
    if (isDecisive && session.stopsAfterPeer) this.end(session.id, 'peer_stopped');
    else if (isBridged) this.peerLeft(session);
    // Who rings has no media, and will have none.
    if (session.proxy === gone && !session.isAnswered) this.end(session.id, 'peer_stopped');
  }

  /** A master gets one more slave, which gets what was trickled before. */
  #enlist(session: Subject, master: Subject): void {
    master.slaves.add(session.id);
    if (!hears(master, session.id)) return;
    for (const isEnd of master.relayed) this.#deliver(session, master, isEnd);
  }

  #deliver(to: Subject | undefined, { id }: Subject, isEnd: boolean): void {
    if (to === undefined || !this.alive.has(to.id) || !hears(to, id)) return;
    if (to.held?.side === 'backend') this.#gather(to, to.held, isEnd);
    else if (to.slaves.has(id) && awaitsAnswer(to)) {
      const kept = to.kept.get(id) ?? { since: 0, count: 0, isComplete: false };
      to.kept.set(id, grown(kept, isEnd));
    } else this.#book.tell(to.id, isEnd ? 'candidate_end' : 'candidate');
  }

  #open(session: Subject): void {
    const { id, kind, publisher, proxy } = session;
    if (!hasLeg(kind)) return;
    session.wasMuted = session.isMuted;
    const isUnheard = kind === 'listen' && this.find(publisher)?.isOpen !== true;
    const failure = this.#book.openFailure ?? (isUnheard ? 'invalid_publisher' : undefined);
    if (failure !== undefined) return this.end(id, failure);
    if (isAnsweredHere(kind)) return this.#answerHere(session);
    session.hasOffer = true;
    this.#book.settle(id, 'ok', 'offer');
    this.#book.tell(id, 'offer');
    this.become(session, kind, publisher ?? proxy);
    session.isOpen = true;
  }

  /** Its backend answers at once; that of a proxy waits for a bridge. */
  #answerHere(session: Subject): void {
    const { id, kind } = session;
    const settle = (): void => this.#settle(session, undefined, false, () => undefined);
    const isLater = this.#waitsForLeg(session);
    if (kind !== 'proxy' && !isLater) settle();
    if (!this.alive.has(id)) return;
    if (kind !== 'echo' && kind !== 'park') this.become(session, kind);
    session.isOpen = true;
    if (kind !== 'proxy' && isLater) settle();
  }

  #hold(session: Subject, kind: 'offer' | 'answer'): void {
    const isRelay = session.kind === 'p2p' && (session.master !== undefined || session.slaves.size > 0);
    const side = isRelay && (kind === 'offer') === session.isCallee ? 'backend' : 'client';
    const held = { kind, side, until: this.#book.now + trickleMs, count: 0 } as const;
    session.held = { ...held };
    const { count, isComplete } = side === 'client' ? this.#takeEarly(session) : takeKept(session);
    session.held.count += count;
    if (isComplete) this.complete(session, session.held);
  }

  #takeEarly(session: Subject): Early {
    const { early, kind } = session;
    session.early = undefined;
    const isOld = hasLeg(kind) && this.#book.now >= (early?.since ?? 0) + earlyKeptMs;
    return early === undefined || isOld ? { since: 0, count: 0, isComplete: false } : early;
  }

  #gather(session: Subject, held: Held, isEnd: boolean): void {
    if (isEnd) this.complete(session, held);
    else held.count += 1;
  }

  #keep(session: Subject, isEnd: boolean): void {
    const { now } = this.#book;
    const isOld = hasLeg(session.kind) && now >= (session.early?.since ?? now) + earlyKeptMs;
    const early = isOld ? undefined : session.early;
    session.early = grown(early ?? { since: now, count: 0, isComplete: false }, isEnd);
  }

  /** What was trickled before the answer that it belongs to. */
  #catchUp(session: Subject): void {
    if (hasLeg(session.kind) || !this.alive.has(session.id)) return;
    for (const isEnd of inOrder(this.#takeEarly(session))) this.trickle(session, isEnd);
    for (const isEnd of inOrder(takeKept(session)))
      this.#book.tell(session.id, isEnd ? 'candidate_end' : 'candidate');
  }

  #offered(session: Subject, side: Held['side']): void {
    session.hasOffer = true;
    this.#book.settle(session.id, 'ok', 'offer');
    if (side === 'client') this.#open(session);
    else this.#book.tell(session.id, 'offer');
  }

  #accept(session: Subject, giver: Giver, isTrickled: boolean, verdict: Verdict): void {
    if (!hasLeg(session.kind)) return this.#settle(session, giver, isTrickled, verdict);
    const proxy = this.find(session.proxy);
    const fault = this.#book.failure ?? (session.kind === 'bridge' ? whyNoBridge(proxy) : undefined);
    if (fault !== undefined) {
      verdict(fault);
      if (giver === undefined) this.end(session.id, fault);
      return;
    }
    const settle = (): void => this.#settle(session, giver, isTrickled, verdict);
    if (proxy === undefined) settle();
    else this.#bridge(session, proxy, settle, verdict);
  }

  /** Its proxy has the answer first, and may end of that. */
  #bridge(session: Subject, proxy: Subject, settle: () => void, verdict: Verdict): void {
    const isLeft = session.stopsAfterPeer && session.master !== proxy.id;
    const ending = isLeft ? 'bridge_stop' : 'peer_stopped';
    const isLater = this.#waitsForLeg(proxy);
    if (!isLater) this.#formed(proxy, session);
    if (!this.alive.has(session.id)) return verdict(ending);
    settle();
    if (isLater) this.#formed(proxy, session);
    if (!this.alive.has(proxy.id) && this.alive.has(session.id)) this.peerLeft(session);
  }

  /** Whether its answer has to be taken by a leg further up, which takes longer than what its own leg still tells. */
  #waitsForLeg({ setsMasterAnswer, master }: Subject): boolean {
    const above = setsMasterAnswer ? this.find(master) : undefined;
    if (above === undefined || whyNoAnswer(above) !== undefined) return false;
    return hasLeg(above.kind) || this.#waitsForLeg(above);
  }

  /** A bridge was accepted: its proxy has an answer too. */
  #formed(proxy: Subject, bridge: Subject): void {
    proxy.isFormed = true;
    this.#settle(proxy, undefined, false, () => undefined);
    if (!this.alive.has(proxy.id)) return;
    if (proxy.isEndEarly) this.#book.tell(proxy.id, 'candidate_end');
    proxy.answeredBy ??= bridge.id;
    this.become(proxy, 'bridge', bridge.id);
  }

  /** An answer that is to be the master's too counts once the master has taken it. */
  #settle(session: Subject, giver: Giver, isTrickled: boolean, verdict: Verdict): void {
    const master = session.setsMasterAnswer ? this.find(session.master) : undefined;
    if (master === undefined) {
      verdict(undefined);
      this.#ready(session, giver);
      this.#book.tell(session.id, 'answer');
      return this.#catchUp(session);
    }
    this.setAnswer(master, { slave: session.id }, isTrickled, (error) => {
      if (!this.alive.has(session.id)) return;
      verdict(error);
      if (error === undefined) {
        this.#ready(session, giver);
        return this.#catchUp(session);
      }
      if (giver !== undefined && !hasLeg(session.kind)) return;
      this.unlink(session, master.id);
      this.end(session.id, error);
    });
  }

  #ready(session: Subject, giver: Giver): void {
    session.isAnswered = true;
    session.since = this.#book.now;
    this.#book.settle(session.id, 'ok', 'answer');
    if (typeof giver === 'object') session.answeredBy ??= giver.slave;
    if (session.kind === 'proxy' && session.isMuted !== session.wasMuted && this.#book.failure !== undefined)
      this.mute(session, session.wasMuted);
    if (hasLeg(session.kind) || session.setsMasterAnswer) return;
    const master = this.find(session.master);
    if (master !== undefined && !hasLeg(master.kind)) master.answeredBy ??= session.id;
  }
}

/** What its slaves say is for after its answer. */
function awaitsAnswer({ kind, hasOffer, held, isAnswered }: Subject): boolean {
  return !hasLeg(kind) && (hasOffer || held?.kind === 'offer') && !isAnswered;
}

function grown({ since, count, isComplete }: Early, isEnd: boolean): Early {
  return isEnd ? { since, count, isComplete: true } : { since, count: count + 1, isComplete };
}

/** Whether each is the end of them. */
function inOrder({ count, isComplete }: Early): readonly boolean[] {
  return [...Array.from({ length: count }, () => false), ...(isComplete ? [true] : [])];
}

/** Of the slave that answered, or of all if none has. */
function takeKept({ kept, answeredBy }: Subject): Early {
  const all = [...kept].flatMap(([id, early]) =>
    answeredBy === undefined || answeredBy === id ? [early] : [],
  );
  kept.clear();
  const count = all.reduce((sum, early) => sum + early.count, 0);
  return { since: 0, count, isComplete: all.length > 0 && all.every(({ isComplete }) => isComplete) };
}

function whyNoAnswer({ isAnswered, held, hasOffer, kind }: Subject): string | undefined {
  if (isAnswered || held?.kind === 'answer') return 'answer_already_set';
  if (!hasOffer) return 'offer_not_set';
  return isAnsweredHere(kind) ? 'invalid_operation' : undefined;
}

function whyNoBridge(proxy: Subject | undefined): string | undefined {
  if (proxy === undefined) return 'session_not_found';
  return proxy.isAnswered ? 'already_answered' : undefined;
}
