import { MediaError, type ErrorName } from '#schemas';
import { JanusSession, type JanusConnection } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import { BoundedQueue, ConnectionLost, Scope, type Clock, type Log, type Random } from '#services/kernel';
import type { LegEvent, LegOperation, LegRequest, MediaLeg } from '#services/session';
import type { Engines } from './engines.ts';
import { toMediaError } from './errors.ts';
import { toLegEvent } from './leg-events.ts';
import { pause } from './legs/deferred.ts';
import type { JoinOptions, LegSaga, OpenLeg, Place, SagaGround } from './legs/leg-saga.ts';
import type { Bridges } from './legs/proxy/bridges.ts';
import type { Rooms } from './legs/videoroom/rooms.ts';
import { farewell } from './farewell.ts';

/** What surrounds one leg. */
export interface JanusLegParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly engines: Engines;
  readonly rooms: Rooms;
  readonly bridges: Bridges;
  readonly saga: LegSaga;
}

interface Operation {
  readonly operation: number;
  readonly what: LegOperation;
}

type State =
  | { readonly name: 'running' }
  | { readonly name: 'ending'; readonly reason: ErrorName }
  /** Disposed: nothing is told any more. */
  | { readonly name: 'silent' };

/** The 64 candidates that a session passes on while its leg opens, and as much as a client may ask in a hurry. */
const mostWaiting = 128;

/**
 * Runs the saga of one session on one engine: one Janus session at most, one operation after the other, one order of events.
 *
 * Ends when it is disposed, when Janus says that the media is gone, and with its engine. What was asked for by then
 * fails before `gone` is told; what is asked for later is not heard.
 */
export class JanusLeg implements MediaLeg {
  /** Settles, and never rejects, when nothing of the leg is left: no session of Janus, no timer. */
  readonly released: Promise<void>;
  readonly #parts: JanusLegParts;
  readonly #request: LegRequest;
  readonly #onEvent: (event: LegEvent) => void;
  readonly #ending = new AbortController();
  readonly #waiting = new BoundedQueue<Operation>({ capacity: mostWaiting, overflow: 'drop_newest' });
  #state: State = { name: 'running' };
  /** Janus said that nothing comes from the client, and nothing came since. */
  #isSilent = false;

  constructor(request: LegRequest, parts: JanusLegParts, onEvent: (event: LegEvent) => void) {
    this.#parts = parts;
    this.#request = request;
    this.#onEvent = onEvent;
    this.released = Promise.resolve()
      .then(() => this.#live())
      .catch((err: unknown) => this.#log(err, 'a leg was told something and threw'));
  }

  request(operation: number, what: LegOperation): void {
    if (this.#state.name !== 'running' || this.#waiting.push({ operation, what })) return;
    queueMicrotask(() => this.#tellFailed(operation, new MediaError('busy')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = { name: 'silent' };
    this.#waiting[Symbol.dispose]();
    this.#ending.abort(new MediaError('session_failed'));
    await this.released;
  }

  async #live(): Promise<void> {
    let isOpen = false;
    try {
      await using scope = new Scope();
      const leg = await this.#parts.saga(this.#ground(scope));
      isOpen = true;
      this.#tell({ type: 'done', operation: this.#request.operation, local: leg.local });
      if (leg.present !== undefined) this.#tell({ type: 'type', ...leg.present });
      await this.#serve(leg);
    } catch (cause) {
      if (isOpen) throw cause;
      await this.#failOpening(cause);
    }
  }

  #ground(scope: Scope): SagaGround {
    const { log, random, rooms, bridges, clock } = this.#parts;
    return {
      ...{ log, random, rooms, bridges, request: this.#request, signal: this.#ending.signal },
      join: (options = {}) => this.#join(scope, options),
      hear: (event) => this.#hear(event),
      tell: (event) => this.#tell(event),
      end: (reason) => this.#end(reason),
      own: (resource) => scope.own(resource),
      pause: (ms) => pause(clock, ms, this.#ending.signal),
      farewell: (say) => farewell(clock, say),
    };
  }

  async #join(scope: Scope, { engineId, onEvent }: JoinOptions): Promise<Place> {
    const seat = scope.own(this.#parts.engines.enter(() => this.#end('engine_died'), engineId));
    const { connection, extensions } = seat;
    const hear = onEvent ?? ((event: JanusEvent): void => this.#hear(event));
    const session = scope.own(await this.#openSession(connection, hear));
    return { session, extensions, engineId: seat.engineId };
  }

  /** A Janus that is lost or silent before it has a session for us was never there for us. */
  async #openSession(
    connection: JanusConnection,
    onEvent: (event: JanusEvent) => void,
  ): Promise<JanusSession> {
    try {
      return await JanusSession.open({ connection, clock: this.#parts.clock, onEvent }, this.#ending.signal);
    } catch (cause) {
      if (!isUnreachable(cause)) throw cause;
      throw new MediaError('janus_connection_error', undefined, { cause });
    }
  }

  /** Carries out what is asked for until the leg ends, by whatever cause. */
  async #serve(leg: OpenLeg): Promise<void> {
    for await (const asked of this.#waiting) await this.#carryOut(asked, leg);
    if (this.#state.name === 'ending') this.#tell({ type: 'gone', reason: this.#state.reason });
  }

  async #carryOut({ operation, what }: Operation, leg: OpenLeg): Promise<void> {
    try {
      this.#tell({ type: 'done', operation, ...(await leg.operate(what)) });
    } catch (cause) {
      this.#tellFailed(operation, toMediaError(cause, sdpField(what)));
    }
  }

  async #failOpening(cause: unknown): Promise<void> {
    const error = toMediaError(cause);
    if (error.code === 'session_failed' && this.#state.name !== 'silent')
      this.#log(cause, 'a leg failed to open');
    this.#tellFailed(this.#request.operation, error);
    this.#end(error.code);
    for await (const { operation } of this.#waiting) this.#tellFailed(operation, error);
  }

  #hear(event: JanusEvent): void {
    const told = toLegEvent(event, this.#isSilent);
    if (told === undefined || this.#state.name !== 'running') return;
    if (told.type === 'media_timeout') this.#isSilent = true;
    if (told.type === 'media' && told.isFlowing) this.#isSilent = false;
    if (told.type === 'gone') this.#end(told.reason);
    else this.#tell(told);
  }

  #end(reason: ErrorName): void {
    if (this.#state.name !== 'running') return;
    this.#state = { name: 'ending', reason };
    this.#waiting.close();
    this.#ending.abort(new MediaError(reason));
  }

  #tellFailed(operation: number, error: MediaError): void {
    this.#tell({ type: 'failed', operation, error });
  }

  #tell(event: LegEvent): void {
    if (this.#state.name !== 'silent') this.#onEvent(event);
  }

  #log(err: unknown, text: string): void {
    this.#parts.log.error({ err, session_id: this.#request.sessionId }, text);
  }
}

function isUnreachable(cause: unknown): boolean {
  if (cause instanceof MediaError) return cause.code === 'engine_died' || cause.code === 'timeout';
  return cause instanceof ConnectionLost;
}

/** The field of the client's command whose SDP an operation hands to Janus. */
function sdpField({ type }: LegOperation): string {
  return type === 'accept' ? 'data.answer.sdp' : 'data.offer.sdp';
}
