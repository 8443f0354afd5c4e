import { MediaError, type SessionType } from '#schemas';
import type { Clock, Log } from '#services/kernel';
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
import { openEcho } from './legs/echo.ts';
import type { LegSaga } from './legs/leg-saga.ts';

/** What a JanusBackend works with. */
export interface JanusBackendParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Those that legs go to. Whoever made them disposes them, after the backend. */
  readonly engines: Engines;
}

/** What we can do so far, by session type and role. */
const sagas: Partial<Record<SessionType, Partial<Record<BackendRole, LegSaga>>>> = {
  echo: { offeree: openEcho },
};

const unsupported: LegSaga = () => Promise.reject(new MediaError('not_implemented'));

/** Janus servers, here or elsewhere, as the broker's media server. */
export class JanusBackend implements Backend {
  /** As NkMEDIA names it on the wire. */
  readonly name = 'nkmedia_janus';
  readonly #parts: JanusBackendParts;
  readonly #legs = new Set<JanusLeg>();

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

  supports(type: SessionType, role: BackendRole): boolean {
    return sagas[type]?.[role] !== undefined;
  }

  open(request: LegRequest, onEvent: (event: LegEvent) => void): MediaLeg {
    const saga = sagas[request.type]?.[request.role] ?? unsupported;
    const leg = new JanusLeg(request, { ...this.#parts, saga }, onEvent);
    this.#legs.add(leg);
    void leg.released.then(() => this.#legs.delete(leg));
    return leg;
  }

  openRoom(_request: RoomRequest, onEvent: (event: RoomEvent) => void): AsyncDisposable {
    queueMicrotask(() => onEvent({ type: 'failed', error: new MediaError('not_implemented') }));
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#legs].map((leg) => leg[Symbol.asyncDispose]()));
  }
}
