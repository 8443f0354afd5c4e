import { Book } from './book.ts';
import { isAbove } from './links.ts';
import type { ModelRooms } from './rooms.ts';
import { ModelSessions } from './sessions.ts';
import { hasLeg, isAnsweredHere, lifeEnds, type Kind, type Making, type Subject } from './subject.ts';

/** What a session is asked to be made with. */
export interface Asked extends Making {
  /** Whether a publisher may make its room. */
  readonly createsRoom: boolean;
}

interface Due {
  readonly at: number;
  readonly fire: () => void;
}

/** How long a lease lives. */
export const leaseMs = 90_000;
/** How long a room lives that a publisher made. */
const madeRoomMs = 300_000;

/** The whole of the broker as the rules see it; each command returns what it is answered with. */
export class Reference {
  readonly book = new Book();
  readonly sessions = new ModelSessions(this.book);
  readonly rooms: ModelRooms = this.sessions.rooms;
  /** When each lease lapses. */
  readonly leases = new Map<string, number>();
  #made = 0;

  /** The number of the next session. */
  nextNumber(): number {
    this.#made += 1;
    return this.#made;
  }

  /** The session at a place among those that live; 15 is none. */
  at(place: number): Subject | undefined {
    const all = [...this.sessions.alive.values()];
    return place === 15 ? undefined : all[place % Math.max(all.length, 1)];
  }

  /** Of those that are of this type at present, if there are any. */
  of(present: Kind, place: number): Subject | undefined {
    const all = [...this.sessions.alive.values()].filter((session) => session.present === present);
    return place === 15 || all.length === 0 ? this.at(place) : all[place % all.length];
  }

  advance(ms: number): void {
    const until = this.book.now + ms;
    for (let due = this.#next(); due.at <= until; due = this.#next()) {
      this.book.now = Math.max(this.book.now, due.at);
      due.fire();
    }
    this.book.now = until;
  }

  /** Whoever has sessions is gone. */
  gone(owner: string): void {
    this.leases.delete(owner);
    const theirs = [...this.sessions.alive.values()].filter((session) => session.owner === owner);
    for (const { id } of theirs) this.sessions.end(id, 'registered_down');
  }

  create(asked: Asked): string {
    if (asked.owner.startsWith('lease') && !this.leases.has(asked.owner)) return 'not_found';
    return asked.kind === 'publish' && asked.hasOffer ? this.#publish(asked) : this.#make(asked);
  }

  link(id: string, masterId: string, stopsAfterPeer?: boolean, setsMasterAnswer?: boolean): string {
    const { find } = this.sessions;
    const [session, master] = [find(id), find(masterId)];
    if (session === undefined || master === undefined) return 'session_not_found';
    if (session === master) return 'invalid_parameters';
    if (session.master !== undefined) return 'invalid_state';
    if (isAbove(id, master, find)) return 'invalid_parameters';
    if (setsMasterAnswer === true && session.isAnswered) return 'invalid_state';
    this.sessions.link(session, master, stopsAfterPeer, setsMasterAnswer);
    return 'ok';
  }

  unlink(session: Subject, other: string | undefined): string {
    const isLinked = other === undefined || session.master === other || session.slaves.has(other);
    if (!isLinked) return 'unknown_peer';
    this.sessions.unlink(session, other);
    return 'ok';
  }

  updateMedia(session: Subject, isMuted: boolean): string {
    const { kind, isAnswered, isOpen } = session;
    if (!hasLeg(kind)) return 'not_implemented';
    const isKept = !isOpen || (kind === 'proxy' && !isAnswered);
    if (!isKept && this.book.failure !== undefined) return this.book.failure;
    this.sessions.mute(session, isMuted);
    return 'ok';
  }

  setType(session: Subject, to: 'echo' | 'park' | 'listen', publisher: Subject | undefined): string {
    const isMove = session.present === 'listen' && to === 'listen';
    const fault = isMove ? whyNoMove(session, publisher) : whyNoChange(session, to);
    if (fault !== undefined) return fault;
    if (this.book.failure !== undefined) return this.book.failure;
    this.sessions.become(session, to, isMove ? publisher?.id : undefined);
    return 'ok';
  }

  setAnswer(session: Subject, isTrickled: boolean): string {
    let reply = 'ok';
    this.sessions.setAnswer(session, 'client', isTrickled, (error) => {
      reply = error ?? 'ok';
    });
    return reply;
  }

  getDescription(session: Subject, wanted: 'offer' | 'answer'): void {
    const isKnown = wanted === 'offer' ? session.hasOffer : session.isAnswered;
    if (isKnown) this.book.note('ok');
    else this.book.wait(session.id, wanted);
  }

  /** The room comes first; one that was made for a publisher that fails goes again. */
  #publish(asked: Asked): string {
    const known = this.rooms.alive.get(asked.room ?? '');
    if (known === undefined && asked.room !== undefined && !asked.createsRoom) return 'room_not_found';
    const room = known ?? this.rooms.create(asked.room, madeRoomMs, true);
    if (room === undefined) return this.book.openFailure ?? '';
    const reply = this.#make({ ...asked, room: room.id });
    if (this.sessions.alive.has(asked.id)) this.rooms.expect(asked.id, room);
    this.rooms.settle(room, reply === 'ok');
    return reply;
  }

  /** What a backend does by itself is waited for. */
  #make(asked: Asked): string {
    const fault = this.#whyNot(asked);
    if (fault !== undefined) return fault;
    const { kind, hasOffer, publisher, isTrickled, gathersOffer } = asked;
    const room = kind === 'listen' ? this.sessions.find(publisher)?.room : asked.room;
    const isHeld = isTrickled && gathersOffer && hasOffer;
    const start = (): void => this.sessions.start({ ...asked, room });
    if (hasLeg(kind) && !isHeld) return this.#waited(asked, start);
    start();
    return 'ok';
  }

  /** Of a proxy, whose answer is another session's, it is waited for that its offer was taken. */
  #waited({ id, kind, hasOffer }: Asked, start: () => void): string {
    const place = this.book.outcomes.length;
    if (kind !== 'proxy') this.book.wait(id, hasOffer ? 'answer' : 'offer');
    start();
    return kind === 'proxy' ? (this.book.openFailure ?? 'ok') : String(this.book.outcomes.splice(place)[0]);
  }

  #whyNot(asked: Asked): string | undefined {
    const { find } = this.sessions;
    const { kind, hasOffer, master, proxy, publisher } = asked;
    if (master !== undefined && find(master) === undefined) return 'session_not_found';
    if (kind === 'p2p') return undefined;
    if (isAnsweredHere(kind) !== hasOffer) return 'invalid_operation';
    if (kind === 'bridge') return whyNotBridge(proxy, find(proxy));
    if (kind !== 'listen') return undefined;
    if (publisher === undefined) return 'missing_field';
    return find(publisher)?.present === 'publish' ? undefined : 'invalid_publisher';
  }

  #next(): Due {
    const all = [...this.#sessionDues(), ...this.#otherDues()];
    return all.reduce((first, due) => (due.at < first.at ? due : first), {
      at: Infinity,
      fire: () => undefined,
    });
  }

  #sessionDues(): Due[] {
    return [...this.sessions.alive.values()].flatMap((session) => {
      const { id, held } = session;
      const end = { at: lifeEnds(session), fire: () => this.sessions.end(id, 'session_timeout') };
      if (held === undefined) return [end];
      return [end, { at: held.until, fire: () => this.sessions.complete(session, held) }];
    });
  }

  #otherDues(): Due[] {
    const rooms = [...this.rooms.alive.values()].map((room) => ({
      at: this.rooms.due(room),
      fire: () => this.rooms.end(room, 'timeout'),
    }));
    return [...rooms, ...[...this.leases].map(([id, at]) => ({ at, fire: () => this.gone(id) }))];
  }
}

function whyNotBridge(asked: string | undefined, proxy: Subject | undefined): string | undefined {
  if (asked === undefined) return 'invalid_operation';
  if (proxy === undefined) return 'session_not_found';
  if (proxy.present !== 'proxy' || proxy.isAnswered) return 'incompatible_session';
  return proxy.hasOffer ? undefined : 'offer_not_set';
}

function whyNoMove(listener: Subject, publisher: Subject | undefined): string | undefined {
  if (publisher?.present !== 'publish' || publisher.room !== listener.room) return 'invalid_publisher';
  if (!listener.isAnswered) return 'answer_not_set';
  return publisher.isOpen ? undefined : 'invalid_publisher';
}

function whyNoChange({ kind, present, isOpen }: Subject, to: string): string | undefined {
  const isAlone = kind === 'echo' || kind === 'park';
  if (!isAlone || to === 'listen' || present === to) return 'not_implemented';
  return isOpen ? undefined : 'invalid_state';
}
