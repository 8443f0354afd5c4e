import { MediaError, roomId, type RoomId, type SessionEvent, type SessionId } from '#schemas';
import type { Clock, Log, Random } from '#services/kernel';
import type { Backend } from '#services/session';
import { availableBackend, backendsNamed } from '../backends.ts';
import type { EventPublisher } from '../event-publisher.ts';
import { ObjectReport } from '../object-report.ts';
import { ObjectTable, type ObjectCounts } from '../object-table.ts';
import type { Principal } from '../serve.ts';
import type { SessionObserver } from '../sessions/session-observer.ts';
import type { RunningSession } from '../sessions/session-registry.ts';
import { Membership } from './membership.ts';
import type { NewRoom, RoomRegistry, RunningRoom } from './room-registry.ts';
import { RoomRunner, type RoomSurroundings } from './room-runner.ts';

/** What the registry works with. */
export interface RoomRegistryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly events: EventPublisher;
  /** In order of preference. */
  readonly backends: readonly Backend[];
  /** Our part of every id: 8 characters of [a-z0-9], new at every start. */
  readonly node: string;
  /** Rooms at the same time, those that are being destroyed included; 10,000 by default. */
  readonly mostRooms?: number;
}

/** As many as sessions, each of which may publish into a room of its own. */
const defaultMostRooms = 10_000;

interface Entry {
  readonly object: RoomRunner;
  readonly principal: Principal;
}

/** The rooms of this process, and the sessions in them. */
export class LocalRoomRegistry implements RoomRegistry, SessionObserver {
  readonly #parts: RoomRegistryParts;
  readonly #table: ObjectTable<RoomId, Entry>;
  readonly #membership = new Membership((id, principal) => this.#find(id, principal));

  constructor(parts: RoomRegistryParts) {
    this.#parts = parts;
    this.#table = new ObjectTable({ most: parts.mostRooms ?? defaultMostRooms, plural: 'rooms' });
  }

  create(config: NewRoom, principal: Principal): RunningRoom {
    this.#table.admit();
    const media = backendFor(config.backend, this.#parts.backends);
    const id = this.#idFor(config);
    const log = this.#parts.log.child({ room_id: id });
    const room = new RoomRunner(
      { ...config, id, backend: media.name },
      this.#surroundings(id, media, log, principal, () => this.#table.release(id)),
    );
    this.#table.add({ object: room, principal });
    log.info({ backend: media.name }, 'room created');
    room.post({ type: 'start' });
    return room;
  }

  get(id: RoomId, principal: Principal): RunningRoom {
    const room = this.#find(id, principal);
    if (room === undefined)
      throw new MediaError('room_not_found', undefined, { hint: 'data.room_id names no room' });
    return room;
  }

  find(id: RoomId, principal: Principal): RunningRoom | undefined {
    return this.#find(id, principal);
  }

  ofPublisher(id: SessionId, principal: Principal): RunningRoom | undefined {
    const room = this.#membership.roomOf(id);
    const isPublisher = room?.member(id)?.role === 'publisher';
    return isPublisher ? this.#find(room.id, principal) : undefined;
  }

  expect(session: RunningSession, id: RoomId, publisherId?: SessionId): void {
    const room = this.#table.get(id)?.object;
    if (room === undefined) session.stop('room_destroyed');
    else this.#membership.expect(session, room, publisherId);
  }

  list(principal: Principal): readonly RunningRoom[] {
    return this.#table.list(principal).map(({ object }) => object);
  }

  get counts(): ObjectCounts {
    return this.#table.counts;
  }

  /** Sessions that are in a room or on their way into one. */
  get membersCount(): number {
    return this.#membership.size;
  }

  told(session: RunningSession, principal: Principal, event: SessionEvent): void {
    this.#membership.told(session, principal, event);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#table[Symbol.asyncDispose]();
  }

  #find(id: RoomId, principal: Principal): RoomRunner | undefined {
    return this.#table.find(id, principal)?.object;
  }

  /** The client's choice, if nobody has it. */
  #idFor({ id }: NewRoom): RoomId {
    if (id === undefined) return roomId(`${this.#parts.node}-${this.#parts.random.uuid()}`);
    if (this.#table.isTaken(id)) throw new MediaError('room_already_exists');
    return id;
  }

  #surroundings(
    id: RoomId,
    media: Backend,
    log: Log,
    { tenant }: Principal,
    ended: () => void,
  ): RoomSurroundings {
    const { clock, events, random } = this.#parts;
    const about = { class: 'media', subclass: 'room', obj_id: id, tenant } as const;
    const report = new ObjectReport(about, { events, random, log });
    return {
      clock,
      media,
      tell: ({ type, body }) => report.tell(type, body),
      stopMember: (member, reason) => this.#membership.stop(member, reason),
      ended: (reason) => {
        report.ended(reason);
        ended();
      },
      fault: (cause) => report.fault(cause),
    };
  }
}

/** The backend that carries a room. Throws as `create` does. */
function backendFor(name: string | undefined, backends: readonly Backend[]): Backend {
  const able = backendsNamed(name, backends).filter((backend) => backend.supports('publish', 'offeree'));
  if (able.length === 0)
    throw new MediaError('not_implemented', undefined, { hint: 'no backend here has rooms' });
  return availableBackend(able);
}
