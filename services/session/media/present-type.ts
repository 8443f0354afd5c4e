import type { SessionType } from '#schemas';
import type { SessionOutput } from '../messages.ts';
import { tell } from '../outputs.ts';
import type { TypeExt } from '../ports.ts';

/** What a session is at present; every change is told once. */
export class PresentType {
  #type: SessionType;
  #ext: TypeExt = {};

  constructor(type: SessionType) {
    this.#type = type;
  }

  get type(): SessionType {
    return this.#type;
  }

  get ext(): TypeExt {
    return this.#ext;
  }

  /** The session is that from now on: tells so unless it was already. */
  become(type: SessionType, ext: TypeExt): SessionOutput[] {
    if (type === this.#type && isSame(ext, this.#ext)) return [];
    this.#type = type;
    this.#ext = ext;
    return [tell({ type: 'type', body: { type, ...ext } })];
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
