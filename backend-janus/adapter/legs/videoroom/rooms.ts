import { MediaError, type RoomId, type SessionId } from '#schemas';
import { Table } from '#services/kernel';

/** One stream of a publisher, as Janus numbers it. */
export interface FeedStream {
  readonly mid: string;
  readonly type: string;
}

/** A publisher of a room, as listeners need it. */
export interface Feed {
  /** Janus' id of it. */
  readonly id: number;
  /** As last negotiated. */
  streams: readonly FeedStream[];
  /** Rejects with MediaError `invalid_publisher` when it is gone. */
  readonly gone: Promise<never>;
}

/** A room that is there: the engine it is on, Janus' number of it, and who publishes. */
export interface Room {
  readonly id: RoomId;
  readonly engineId: string;
  readonly number: number;
  /** What each publisher is limited to at most; 0 is no limit. */
  readonly bitsPerSecond: number;
  readonly feeds: Map<SessionId, Feed>;
  /** Those that hear of its end: Janus does not tell who listens. */
  readonly listeners: Set<() => void>;
}

/** The rooms of a backend by our ids. */
export class Rooms {
  readonly #rooms = new Table<RoomId, Room>();

  /** Rooms that are there; zero when nothing leaks. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Takes a room in until it is disposed, which those in it are told. Throws MediaError `room_already_exists`. */
  add(room: Room): Disposable {
    if (this.#rooms.has(room.id)) throw new MediaError('room_already_exists');
    this.#rooms.set(room.id, room);
    return {
      [Symbol.dispose]: () => {
        this.#rooms.delete(room.id);
        for (const tell of [...room.listeners]) tell();
      },
    };
  }

  has(id: RoomId): boolean {
    return this.#rooms.has(id);
  }

  /** Throws MediaError `room_not_found`. */
  find(id: RoomId | undefined): Room {
    const room = id === undefined ? undefined : this.#rooms.get(id);
    if (room === undefined) throw new MediaError('room_not_found');
    return room;
  }

  /** The room a session publishes in. Throws MediaError `invalid_publisher`. */
  roomOf(publisher: SessionId): Room {
    const room = [...this.#rooms.values()].find(({ feeds }) => feeds.has(publisher));
    if (room === undefined) throw new MediaError('invalid_publisher');
    return room;
  }
}

/** A publisher of a room. Throws MediaError `invalid_publisher`. */
export function feedOf({ feeds }: Room, publisher: SessionId): Feed {
  const feed = feeds.get(publisher);
  if (feed === undefined) throw new MediaError('invalid_publisher');
  return feed;
}
