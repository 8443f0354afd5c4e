import type { ErrorName, RoomId, RoomInfo, RoomMessage, RoomStatus, SessionId } from '#schemas';
import type { RoomConfig, Sender } from '#services/room';
import type { ObjectCounts } from '../object-table.ts';
import type { Principal } from '../serve.ts';
import type { RunningSession } from '../sessions/session-registry.ts';

/** A publisher's place in a room, from before its media is opened on: of the two calls the first one counts. */
export interface Place {
  /** The publisher is there. */
  take(): void;
  /** It failed. A room that was made for it, and that nobody else uses, ends. */
  giveUp(): void;
}

/** A room as command handlers see it. */
export interface RunningRoom {
  readonly id: RoomId;
  /** The media server that carries it, by its name. */
  readonly backend: string;
  /** As get_info shows it. */
  readonly info: RoomInfo;
  readonly status: RoomStatus;
  /** Those that are kept, oldest first. */
  readonly messages: readonly RoomMessage[];
  /** Resolves when sessions may join. Rejects with what went wrong, or with `timeout` when `signal` aborts. */
  whenOpen(signal: AbortSignal): Promise<void>;
  /** Keeps a message; resolves with its number. Rejects with MediaError `room_not_found`, or `busy`. */
  say(content: object, sender: Omit<Sender, 'timestamp'>): Promise<number>;
  reserve(): Place;
  /** Begins the end, of the sessions in it too. Idempotent; `ended` settles when the media server has destroyed it. */
  stop(reason: ErrorName): void;
  readonly ended: Promise<ErrorName>;
}

/** What a room is made of; the registry adds the rest. */
export interface NewRoom extends Omit<RoomConfig, 'id' | 'backend'> {
  /** Chosen by the client; else the registry gives one of this node. */
  readonly id?: RoomId;
  /** By its name; else the first that can. */
  readonly backend?: string;
}

/**
 * All rooms this node owns. Rooms remove themselves when they end. Disposing takes no new ones, ends the others with
 * `draining` and awaits their release.
 */
export interface RoomRegistry extends AsyncDisposable {
  /**
   * Makes a room, which opens by and by. Throws MediaError: `room_already_exists`, `unknown_backend`,
   * `not_implemented` if no backend has rooms, `no_mediaserver` if none can take one now, `overload` if there are too
   * many, `draining` once disposed.
   */
  create(config: NewRoom, principal: Principal): RunningRoom;
  /** Throws MediaError `room_not_found`, also for a room of another tenant. */
  get(id: RoomId, principal: Principal): RunningRoom;
  find(id: RoomId, principal: Principal): RunningRoom | undefined;
  /** The room that a session publishes into. */
  ofPublisher(id: SessionId, principal: Principal): RunningRoom | undefined;
  /** A session was made that will join once its media is negotiated, and that ends with the room from now on. */
  expect(session: RunningSession, id: RoomId, publisherId?: SessionId): void;
  /** Those of one tenant. */
  list(principal: Principal): readonly RunningRoom[];
  readonly counts: ObjectCounts;
}
