import type { Book } from './book.ts';

interface Member {
  readonly role: 'publisher' | 'listener';
  readonly follows: string | undefined;
}

/** One room as the rules see it. */
export interface ModelRoom {
  readonly id: string;
  readonly timeoutMs: number;
  /** Which of all rooms that the backend was ever asked for. */
  readonly place: number;
  readonly members: Map<string, Member>;
  /** Publishers whose offer is still held. */
  readonly expected: Set<string>;
  /** Made for a publisher that has not got into it yet. */
  isProvisional: boolean;
  idleSince: number;
  messages: number;
  isBusy: boolean;
  readonly queue: (() => void)[];
}

/** The rules of nkmedia-api.md section 5 in their plainest form. */
export class ModelRooms {
  readonly alive = new Map<string, ModelRoom>();
  readonly #book: Book;
  readonly #stop: (session: string, reason: string) => void;
  /** The room that each session is in. */
  readonly #present = new Map<string, string>();
  #asked = 0;
  #named = 0;

  constructor(book: Book, stop: (session: string, reason: string) => void) {
    this.#book = book;
    this.#stop = stop;
  }

  /** Makes a room; without a name it gets the next one. Undefined if its engine cannot make it. */
  create(name: string | undefined, timeoutMs: number, isProvisional: boolean): ModelRoom | undefined {
    const place = this.#asked;
    this.#asked += 1;
    if (this.#book.openFailure !== undefined) return undefined;
    if (name === undefined) this.#named += 1;
    const id = name ?? `auto${this.#named}`;
    const own = { id, timeoutMs, place, isProvisional, idleSince: this.#book.now };
    const empty = { members: new Map<string, Member>(), expected: new Set<string>(), queue: [] };
    const room = { ...own, ...empty, messages: 0, isBusy: false };
    this.alive.set(id, room);
    this.#book.tell(id, 'created');
    return room;
  }

  /** The publisher that made it is in, or will never be. */
  settle(room: ModelRoom, isTaken: boolean): void {
    if (isTaken) room.isProvisional = false;
    if (room.isProvisional && room.members.size === 0) this.end(room, 'no_room_members');
  }

  /** A session will be in by and by, unless it is already; it ends with the room. */
  expect(session: string, room: ModelRoom): void {
    if (room.members.has(session)) return;
    this.#present.set(session, room.id);
    room.expected.add(session);
  }

  due({ members, idleSince, timeoutMs }: ModelRoom): number {
    const isKept = [...members.values()].some(({ role }) => role === 'publisher');
    return isKept ? Infinity : idleSince + timeoutMs;
  }

  join(session: string, id: string | undefined, member: Member): void {
    const room = this.alive.get(id ?? '');
    if (room === undefined) return;
    this.#present.set(session, room.id);
    room.expected.delete(session);
    const isNew = !room.members.has(session);
    room.members.set(session, member);
    room.idleSince = this.#book.now;
    const words = `${session} ${member.role} ${member.follows ?? ''}`;
    this.#book.tell(room.id, `${isNew ? 'started_member' : 'updated_member'} ${words}`);
  }

  leave(session: string): void {
    const room = this.alive.get(this.#present.get(session) ?? '');
    this.#present.delete(session);
    room?.expected.delete(session);
    if (room?.members.has(session) === true) this.#inTurn(room, () => this.#left(room, session));
  }

  slowLink(session: string): void {
    const room = this.alive.get(this.#present.get(session) ?? '');
    if (room?.members.get(session)?.role === 'publisher') this.#book.tell(room.id, 'status slow_link');
  }

  say(room: ModelRoom): void {
    room.idleSince = this.#book.now;
    room.messages += 1;
    this.#book.tell(room.id, 'msglog_new_msg');
  }

  end(room: ModelRoom, reason: string, memberReason = 'room_destroyed'): void {
    this.#inTurn(room, () => {
      this.alive.delete(room.id);
      const members = [...room.members.keys()];
      room.members.clear();
      for (const session of [...members, ...room.expected]) this.#expel(session, memberReason);
      for (const member of members) this.#book.tell(room.id, `stopped_member ${member}`);
      this.#book.tell(room.id, `destroyed ${reason}`);
    });
  }

  #left(room: ModelRoom, session: string): void {
    if (!room.members.delete(session)) return;
    room.idleSince = this.#book.now;
    const followers = [...room.members].filter(([, { follows }]) => follows === session).map(([id]) => id);
    for (const follower of followers) room.members.delete(follower);
    for (const follower of followers) this.#expel(follower, 'publisher_stop');
    for (const gone of [session, ...followers]) this.#book.tell(room.id, `stopped_member ${gone}`);
  }

  #expel(session: string, reason: string): void {
    this.#present.delete(session);
    this.#stop(session, reason);
  }

  /** What comes while a room still tells of something waits its turn. */
  #inTurn(room: ModelRoom, work: () => void): void {
    room.queue.push(work);
    if (room.isBusy) return;
    room.isBusy = true;
    for (let next = room.queue.shift(); next !== undefined; next = room.queue.shift()) {
      if (this.alive.has(room.id)) next();
    }
    room.isBusy = false;
  }
}
