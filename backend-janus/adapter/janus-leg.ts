import { MediaError, type ErrorName } from '#schemas';
import { JanusSession } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import { BoundedQueue, type Clock, type Log } from '#services/kernel';
import type { LegEvent, LegOperation, LegRequest, MediaLeg } from '#services/session';
import type { Engines, EngineSeat } from './engines.ts';
import { toMediaError } from './errors.ts';
import { toLegEvent } from './leg-events.ts';
import type { LegSaga, OpenLeg, SagaGround } from './legs/leg-saga.ts';

/** What surrounds one leg. */
export interface JanusLegParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engines: Engines;
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
 * Runs the saga of one session on one engine: one Janus session, one operation after the other, one order of events.
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
      using seat = this.#parts.engines.enter(() => this.#end('engine_died'));
      await using session = await this.#openSession(seat);
      const leg = await this.#parts.saga(this.#ground(seat, session));
      isOpen = true;
      this.#tell({ type: 'done', operation: this.#request.operation, local: leg.local });
      await this.#serve(leg);
    } catch (cause) {
      if (isOpen) throw cause;
      await this.#failOpening(cause);
    }
  }

  #openSession({ connection }: EngineSeat): Promise<JanusSession> {
    const { clock } = this.#parts;
    const onEvent = (event: JanusEvent): void => this.#onJanus(event);
    return JanusSession.open({ connection, clock, onEvent }, this.#ending.signal);
  }

  #ground({ extensions }: EngineSeat, session: JanusSession): SagaGround {
    return { session, extensions, request: this.#request, signal: this.#ending.signal };
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

  #onJanus(event: JanusEvent): void {
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

/** The field of the client's command whose SDP an operation hands to Janus. */
function sdpField({ type }: LegOperation): string {
  return type === 'accept' ? 'data.answer.sdp' : 'data.offer.sdp';
}
