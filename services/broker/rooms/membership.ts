import { roomId, sessionId } from '#schemas';
import { Table } from '#services/kernel';
import type { Events, ErrorName, RoomId, SessionEvent, SessionId } from '#schemas';
import type { Principal } from '../serve.ts';
import type { SessionObserver } from '../sessions/session-observer.ts';
import type { RunningSession } from '../sessions/session-registry.ts';
import type { RoomRunner } from './room-runner.ts';

interface Presence {
  readonly session: RunningSession;
  readonly room: RoomRunner;
}

/** Which session is in which room, as the sessions themselves tell it. */
export class Membership implements SessionObserver {
  readonly #find: (id: RoomId, principal: Principal) => RoomRunner | undefined;
  readonly #present = new Table<SessionId, Presence>();

  constructor(find: (id: RoomId, principal: Principal) => RoomRunner | undefined) {
    this.#find = find;
  }

  /** Sessions that are in a room or on their way into one. */
  get size(): number {
    return this.#present.size;
  }

  /** The room that a session is in or on its way into. */
  roomOf(id: SessionId): RoomRunner | undefined {
    return this.#present.get(id)?.room;
  }

  /** A session will join by and by; it ends with the room from now on. */
  expect(session: RunningSession, room: RoomRunner, peerId: SessionId | undefined): void {
    if (room.hasEnded) return session.stop('room_destroyed');
    if (this.#present.has(session.id)) return;
    this.#present.set(session.id, { session, room });
    room.post({ type: 'expected', sessionId: session.id, ...(peerId && { peerId }) });
  }

  told(session: RunningSession, principal: Principal, event: SessionEvent): void {
    if (event.type === 'type') this.#typed(session, principal, event.body);
    else if (event.type === 'status') this.#onStatus(session.id, event.body);
    else if (event.type === 'destroyed') this.#leave(session.id);
  }

  /** Ends a session on behalf of its room. */
  stop(id: SessionId, reason: ErrorName): void {
    const session = this.#present.get(id)?.session;
    this.#present.delete(id);
    session?.stop(reason);
  }

  #typed(session: RunningSession, principal: Principal, body: Events['session.type']): void {
    const { type, room_id: room, publisher_id: publisher } = body;
    if ((type !== 'publish' && type !== 'listen') || typeof room !== 'string') return this.#leave(session.id);
    const runner = this.#find(roomId(room), principal);
    if (runner === undefined) return;
    const { id, info } = session;
    this.#present.set(id, { session, room: runner });
    const role = type === 'publish' ? 'publisher' : 'listener';
    const member = { sessionId: id, role, userId: info.user_id ?? '' } as const;
    const follows = role === 'listener' && typeof publisher === 'string';
    runner.post({ type: 'joined', member: follows ? { ...member, peerId: sessionId(publisher) } : member });
  }

  #onStatus(id: SessionId, { class: area, uplink, nacks }: Events['session.status']): void {
    if (area !== 'slow_link') return;
    const room = this.#present.get(id)?.room;
    room?.post({ type: 'slow_link', sessionId: id, isUplink: uplink, lostPackets: nacks });
  }

  #leave(id: SessionId): void {
    const room = this.#present.get(id)?.room;
    this.#present.delete(id);
    room?.left(id);
  }
}
