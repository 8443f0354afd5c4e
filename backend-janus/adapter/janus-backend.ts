import { MediaError, type SessionType } from '#schemas';
import { Roster, type Clock, type Log, type Random } from '#services/kernel';
import type {
  Backend,
  BackendRole,
  LegEvent,
  LegRequest,
  MediaLeg,
  RoomEvent,
  RoomRequest,
} from '#services/session';
import type { Engines } from './engines.ts';
import { JanusLeg } from './janus-leg.ts';
import { JanusRoom } from './janus-room.ts';
import { openEcho } from './legs/echo.ts';
import type { LegSaga } from './legs/leg-saga.ts';
import { openBridge } from './legs/proxy/bridge.ts';
import { Bridges } from './legs/proxy/bridges.ts';
import { openProxy } from './legs/proxy/proxy.ts';
import { openListen } from './legs/videoroom/listen.ts';
import { openPublish } from './legs/videoroom/publish.ts';
import { Rooms } from './legs/videoroom/rooms.ts';

/** What a JanusBackend works with. */
export interface JanusBackendParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Of the broker: marks the rooms that are ours on a Janus that serves others too. */
  readonly node: string;
  /** Those that legs go to. Whoever made them disposes them, after the backend. */
  readonly engines: Engines;
}

/** What we can do, by session type and role. */
const sagas: Partial<Record<SessionType, Partial<Record<BackendRole, LegSaga>>>> = {
  echo: { offeree: openEcho },
  park: { offeree: openEcho },
  proxy: { offeree: openProxy },
  bridge: { offerer: openBridge },
  publish: { offeree: openPublish },
  listen: { offerer: openListen },
};

const unsupported: LegSaga = () => Promise.reject(new MediaError('not_implemented'));

/** Janus servers, here or elsewhere, as the broker's media server. */
export class JanusBackend implements Backend {
  /** As NkMEDIA names it on the wire. */
  readonly name = 'nkmedia_janus';
  readonly #parts: JanusBackendParts;
  readonly #legs = new Roster<JanusLeg>();
  readonly #openRooms = new Roster<JanusRoom>();
  readonly #tables = { rooms: new Rooms(), bridges: new Bridges() };

  constructor(parts: JanusBackendParts) {
    this.#parts = parts;
  }

  get isAvailable(): boolean {
    return this.#parts.engines.isAvailable;
  }

  /** Legs that are not released yet. */
  get legs(): number {
    return this.#legs.size;
  }

  /** Rooms that are not released yet. */
  get rooms(): number {
    return this.#openRooms.size;
  }

  supports(type: SessionType, role: BackendRole): boolean {
    return sagas[type]?.[role] !== undefined;
  }

  open(request: LegRequest, onEvent: (event: LegEvent) => void): MediaLeg {
    const saga = sagas[request.type]?.[request.role] ?? unsupported;
    const leg = new JanusLeg(request, { ...this.#parts, ...this.#tables, saga }, onEvent);
    const place = this.#legs.add(leg);
    void leg.released.then(() => place[Symbol.dispose]());
    return leg;
  }

  openRoom(request: RoomRequest, onEvent: (event: RoomEvent) => void): AsyncDisposable {
    const room = new JanusRoom(request, { ...this.#parts, ...this.#tables }, onEvent);
    const place = this.#openRooms.add(room);
    void room.released.then(() => place[Symbol.dispose]());
    return room;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#legs].map((leg) => leg[Symbol.asyncDispose]()));
    await Promise.all([...this.#openRooms].map((room) => room[Symbol.asyncDispose]()));
  }
}
