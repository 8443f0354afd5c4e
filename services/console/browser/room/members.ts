// Who is in a room, from `room.get_info` and the events of the room. No DOM here: it also runs in Node's tests.
import { isObject, objectIn, textIn, type JsonObject } from '../json.ts';
import type { MediaEvent } from '../wire.ts';

/** One session of a room. */
export interface Member {
  readonly sessionId: string;
  readonly role: 'publisher' | 'listener';
  /** Who made the session. */
  readonly name: string;
  /** Listeners: the publisher they follow. */
  readonly publisherId?: string;
}

/** Members of a room, as of the last event. */
export class Members {
  readonly #members = new Map<string, Member>();

  /** Publishers first, each role by name. */
  get all(): readonly Member[] {
    return [...this.#members.values()].sort(
      (one, other) =>
        other.role.localeCompare(one.role) ||
        one.name.localeCompare(other.name) ||
        one.sessionId.localeCompare(other.sessionId),
    );
  }

  /** Of the member with that session. */
  nameOf(sessionId: string): string | undefined {
    return this.#members.get(sessionId)?.name;
  }

  /** Starts anew with what `get_info` says; anything in it that is no member is left out. */
  reset(info: JsonObject): void {
    this.#members.clear();
    for (const [sessionId, member] of Object.entries(objectIn(info, 'members') ?? {}))
      if (isObject(member)) this.#put({ session_id: sessionId, ...member });
  }

  /** Takes an event of the room. */
  hear({ type, body }: MediaEvent): void {
    if (type === 'started_member' || type === 'updated_member') this.#put(body);
    if (type === 'stopped_member') this.#members.delete(textIn(body, 'session_id') ?? '');
  }

  #put(body: JsonObject): void {
    const sessionId = textIn(body, 'session_id');
    const role = textIn(body, 'role');
    if (sessionId === undefined || (role !== 'publisher' && role !== 'listener')) return;
    const publisherId = textIn(body, 'peer_id');
    const name = textIn(body, 'user_id') ?? sessionId;
    this.#members.set(sessionId, {
      sessionId,
      role,
      name,
      ...(publisherId !== undefined && { publisherId }),
    });
  }
}
