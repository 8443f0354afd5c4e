import type { Description } from '#schemas';
import type { JanusSession } from '#janus/client';
import type { LegOperation, LegRequest } from '#services/session';
import type { EngineExtensions } from '../engines.ts';

/** What a saga works with. The session is kept and ended by the leg; no other leg uses it. */
export interface SagaGround {
  readonly session: JanusSession;
  readonly extensions: EngineExtensions;
  readonly request: LegRequest;
  /** Aborted when the leg ends; what is under way then rejects. */
  readonly signal: AbortSignal;
}

/** How an operation came out. */
export interface Outcome {
  readonly local?: Description;
  readonly result?: object;
}

/** A leg that has its description. */
export interface OpenLeg {
  readonly local: Description;
  /** One at a time, in the order they were asked for. Rejects with MediaError, or as the client of Janus does. */
  operate(what: LegOperation): Promise<Outcome>;
}

/** Opens the backend's end of one type of session, in straight lines. Rejects as `operate` does. */
export type LegSaga = (ground: SagaGround) => Promise<OpenLeg>;
