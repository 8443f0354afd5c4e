import type { Description, ErrorName, SessionType } from '#schemas';
import type { JanusSession } from '#janus/client';
import type { JanusEvent } from '#janus/protocol';
import type { Log, Random } from '#services/kernel';
import type { LegEvent, LegOperation, LegRequest, TypeExt } from '#services/session';
import type { EngineExtensions } from '../engines.ts';
import type { Outcome } from './outcome.ts';
import type { Bridges } from './proxy/bridges.ts';
import type { Rooms } from './videoroom/rooms.ts';

/** What a saga works with. What it joins and owns is released, last first, when the leg ends. */
export interface SagaGround {
  readonly request: LegRequest;
  /** Aborted when the leg ends; what is under way then rejects. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly random: Random;
  readonly rooms: Rooms;
  readonly bridges: Bridges;
  /** A Janus session of this leg's own. Rejects with MediaError if no engine takes it. */
  readonly join: (options?: JoinOptions) => Promise<Place>;
  /** Passes on what an event of Janus means to the session. */
  readonly hear: (event: JanusEvent) => void;
  readonly tell: (event: LegEvent) => void;
  /** The leg is gone for that reason. */
  readonly end: (reason: ErrorName) => void;
  /** Resolves after so many milliseconds; rejects when the leg ends. */
  readonly pause: (ms: number) => Promise<void>;
  /** Runs a goodbye within the time that disposing has; whatever it rejects with is forgotten. */
  readonly farewell: (say: (limit: AbortSignal) => Promise<void>) => Promise<void>;
  readonly own: <Resource extends Disposable | AsyncDisposable>(resource: Resource) => Resource;
}

/** Where a leg wants its Janus session, and who hears of it. */
export interface JoinOptions {
  /** The only engine that will do; else the one with the least load. */
  readonly engineId?: string;
  /** Told all events of the session; by default they are passed on. */
  readonly onEvent?: (event: JanusEvent) => void;
}

/** A leg's Janus session on an engine. */
export interface Place {
  readonly session: JanusSession;
  readonly engineId: string;
  readonly extensions: EngineExtensions;
}

/** What a session is from now on. */
export interface PresentType {
  readonly sessionType: SessionType;
  readonly ext: TypeExt;
}

/** A leg that has its description. */
export interface OpenLeg {
  readonly local: Description;
  /** Told after the description. */
  readonly present?: PresentType;
  /** One at a time, in the order they were asked for. Rejects with MediaError, or as the client of Janus does. */
  operate(what: LegOperation): Promise<Outcome>;
}

/** Opens the backend's end of one type of session, in straight lines. Rejects as `operate` does. */
export type LegSaga = (ground: SagaGround) => Promise<OpenLeg>;
