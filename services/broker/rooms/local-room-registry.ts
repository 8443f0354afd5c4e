import { MediaError, roomId, type RoomId, type SessionEvent, type SessionId } from '#schemas';
import type { Clock, Log, Random } from '#services/kernel';
import type { Backend } from '#services/session';
import type { EventObject, EventPublisher } from '../event-publisher.ts';
import type { Principal } from '../serve.ts';
import type { SessionObserver } from '../session-observer.ts';
import type { RunningSession } from '../session-registry.ts';
import { Membership } from './membership.ts';
import type { NewRoom, RoomCounts, RoomRegistry, RunningRoom } from './room-registry.ts';
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
  readonly room: RoomRunner;
  readonly principal: Principal;
}

/** The rooms of this process, and the sessions in them. */
export class LocalRoomRegistry implements RoomRegistry, SessionObserver {
  readonly #parts: RoomRegistryParts;
  readonly #running = new Map<RoomId, Entry>();
  /** Over, but still being destroyed on their media server. */
  readonly #releasing = new Set<RoomRunner>();
  readonly #membership = new Membership((id, principal) => this.#find(id, principal));
  #isClosed = false;

  constructor(parts: RoomRegistryParts) {
    this.#parts = parts;
  }

  create(config: NewRoom, principal: Principal): RunningRoom {
    this.#admit();
    const media = backendFor(config.backend, this.#parts.backends);
    const id = this.#idFor(config);
    const log = this.#parts.log.child({ room_id: id });
    const room = new RoomRunner(
      { ...config, id, backend: media.name },
      this.#surroundings(id, media, log, principal, () => this.#release(room)),
    );
    this.#running.set(id, { room, principal });
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
    const room = this.#running.get(id)?.room;
    if (room === undefined) session.stop('room_destroyed');
    else this.#membership.expect(session, room, publisherId);
  }

  list({ tenant }: Principal): readonly RunningRoom[] {
    const entries = [...this.#running.values()].filter(({ principal }) => principal.tenant === tenant);
    return entries.map(({ room }) => room);
  }

  get counts(): RoomCounts {
    return { running: this.#running.size, releasing: this.#releasing.size };
  }

  /** Sessions that are in a room or on their way into one. */
  get membersCount(): number {
    return this.#membership.size;
  }

  told(session: RunningSession, principal: Principal, event: SessionEvent): void {
    this.#membership.told(session, principal, event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running.values()].map(({ room }) => room);
    const all = [...running, ...this.#releasing];
    for (const room of running) room.stop('draining');
    await Promise.all(all.map(({ ended }) => ended));
  }

  #find(id: RoomId, { tenant }: Principal): RoomRunner | undefined {
    const entry = this.#running.get(id);
    return entry?.principal.tenant === tenant ? entry.room : undefined;
  }

  /** Throws MediaError unless one more room may be made. */
  #admit(): void {
    if (this.#isClosed) throw new MediaError('draining');
    const most = this.#parts.mostRooms ?? defaultMostRooms;
    if (this.#running.size + this.#releasing.size < most) return;
    throw new MediaError('overload', undefined, {
      hint: `at most ${most} rooms are here at the same time`,
    });
  }

  /** The client's choice, if nobody has it; a room of the same name that is still being destroyed counts. */
  #idFor({ id }: NewRoom): RoomId {
    if (id === undefined) return roomId(`${this.#parts.node}-${this.#parts.random.uuid()}`);
    if (this.#running.has(id) || [...this.#releasing].some((room) => room.id === id))
      throw new MediaError('room_already_exists');
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
    const about: EventObject = { class: 'media', subclass: 'room', obj_id: id, tenant };
    return {
      clock,
      media,
      tell: ({ type, body }) => events.publish(about, type, body),
      stopMember: (member, reason) => this.#membership.stop(member, reason),
      ended: (reason) => {
        log.info({ reason }, 'room ended');
        events.end(about);
        ended();
      },
      fault: (err) => {
        const reference = random.uuid();
        log.error({ err, reference }, 'a room failed unexpectedly');
        return reference;
      },
    };
  }

  #release(room: RoomRunner): void {
    this.#running.delete(room.id);
    this.#releasing.add(room);
    void room.ended.then(() => this.#releasing.delete(room));
  }
}

/** The backend that carries a room. Throws as `create` does. */
function backendFor(name: string | undefined, backends: readonly Backend[]): Backend {
  const named = backends.filter((backend) => name === undefined || backend.name === name);
  if (named.length === 0 && name !== undefined) {
    const hint = `data.backend must be one of ${backends.map((backend) => backend.name).join(', ')}`;
    throw new MediaError('unknown_backend', undefined, { hint });
  }
  if (named.length === 0) throw new MediaError('no_mediaserver');
  const able = named.filter((backend) => backend.supports('publish', 'offeree'));
  if (able.length === 0)
    throw new MediaError('not_implemented', undefined, { hint: 'no backend here has rooms' });
  const available = able.find(({ isAvailable }) => isAvailable !== false);
  if (available === undefined) throw new MediaError('no_mediaserver');
  return available;
}
