import type { SessionType } from '#schemas';
import type { RequestNumber, SessionOutput } from '../messages.ts';
import { reply, tell } from '../outputs.ts';
import type { TypeExt } from '../ports.ts';

/** What a session is at present; every change is told once. */
export class PresentType {
  #type: SessionType;
  #ext: TypeExt = {};
  #isTold = false;
  readonly #waiting = new Set<RequestNumber>();

  constructor(type: SessionType) {
    this.#type = type;
  }

  get type(): SessionType {
    return this.#type;
  }

  get ext(): TypeExt {
    return this.#ext;
  }

  /** Requests that wait for the first word of the leg. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Replies once it is known what the session really is. */
  whenTold(request: RequestNumber): SessionOutput[] {
    if (this.#isTold) return [reply(request, undefined)];
    this.#waiting.add(request);
    return [];
  }

  /** Nobody wants this reply any more. */
  forget(request: RequestNumber): void {
    this.#waiting.delete(request);
  }

  /** Returns who waits, and forgets them. */
  end(): RequestNumber[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  /** The session is that from now on: tells so unless it was already, and answers who waits for it. */
  become(type: SessionType, ext: TypeExt): SessionOutput[] {
    this.#isTold = true;
    const replies = this.end().map((request) => reply(request, undefined));
    if (type === this.#type && isSame(ext, this.#ext)) return replies;
    this.#type = type;
    this.#ext = ext;
    return [tell({ type: 'type', body: { type, ...ext } }), ...replies];
  }
}

function isSame(one: TypeExt, other: TypeExt): boolean {
  return (
    one.peer_id === other.peer_id &&
    one.role === other.role &&
    one.proxy_type === other.proxy_type &&
    one.room_id === other.room_id &&
    one.publisher_id === other.publisher_id
  );
}
