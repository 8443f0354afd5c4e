import type { RoomMember, SessionId } from '#schemas';
import type { Member } from './messages.ts';

/** The sessions in a room, and those on their way into it. */
export class Members {
  readonly #members = new Map<SessionId, Member>();
  /** With the publisher that each will follow; undefined for one that will publish. */
  readonly #expected = new Map<SessionId, SessionId | undefined>();
  #publishers = 0;

  get size(): number {
    return this.#members.size;
  }

  get publishers(): number {
    return this.#publishers;
  }

  get(id: SessionId): Member | undefined {
    return this.#members.get(id);
  }

  /** Whether the room has to be told when the session ends. */
  knows(id: SessionId): boolean {
    return this.#members.has(id) || this.#expected.has(id);
  }

  expect(id: SessionId, peerId: SessionId | undefined): void {
    this.#expected.set(id, peerId);
  }

  /** Adds a member, or says anew what it is there for. */
  put(member: Member): void {
    const { sessionId } = member;
    this.take(sessionId);
    this.#members.set(sessionId, member);
    if (member.role === 'publisher') this.#publishers += 1;
  }

  /** Removes a session; returns what it was if it was a member. */
  take(id: SessionId): Member | undefined {
    this.#expected.delete(id);
    const member = this.#members.get(id);
    this.#members.delete(id);
    if (member?.role === 'publisher') this.#publishers -= 1;
    return member;
  }

  /** The sessions that follow, or are about to follow, a publisher. */
  followersOf(id: SessionId): readonly SessionId[] {
    const following = [...this.#members.values()].filter(({ peerId }) => peerId === id);
    const expected = [...this.#expected].filter(([, peerId]) => peerId === id);
    return [...following.map(({ sessionId }) => sessionId), ...expected.map(([sessionId]) => sessionId)];
  }

  /** All of them, those on their way included. */
  ids(): readonly SessionId[] {
    return [...this.#members.keys(), ...this.#expected.keys()];
  }

  /** As get_info shows them. */
  get words(): Record<string, RoomMember> {
    return Object.fromEntries(
      [...this.#members.values()].map((member) => [member.sessionId, wordsOf(member)]),
    );
  }
}

/** One member as get_info and the room's events show it. */
export function wordsOf({ role, userId, peerId }: Member): RoomMember {
  return { role, user_id: userId, ...(peerId !== undefined && { peer_id: peerId }) };
}
