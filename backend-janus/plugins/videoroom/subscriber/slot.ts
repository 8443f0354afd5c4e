import type { HandlePort } from '#janus/gateway';
import type { ForwardedLayers, MediaRouter, StreamPlan } from '#janus/media';
import type { FeedStream } from '../rules/feed.ts';

/** One m-line of a subscriber. It keeps its place and its kind; what flows on it may change, or be nothing. */
export interface Slot {
  readonly mid: string;
  readonly type: FeedStream['type'];
  /** What flows on it, or will; one at most where it is no data. */
  readonly streams: readonly FeedStream[];
  /** Takes a stream; only where `accepts` it. */
  take(stream: FeedStream, wish: SlotWish): void;
  /** Whether `take` may be called for the stream. */
  accepts(stream: FeedStream): boolean;
  /** Lets go of a stream, or of all. */
  drop(stream?: FeedStream): void;
  /** Changes what is wanted of it. */
  configure(wish: SlotWish): void;
  /** An answer of the client is there: what was taken may flow. */
  negotiated(): void;
  /** The subscriber pauses, or goes on. */
  refresh(): void;
  plan(): StreamPlan;
  /** As clients see it, with its members in the order of Janus. */
  describe(): object;
  /** Ends it with all that it holds. */
  [Symbol.dispose](): void;
}

/** What a client wants of an m-line; what is absent stays as it is. */
export interface SlotWish {
  readonly crossrefid?: string | undefined;
  readonly send?: boolean | undefined;
  /** The highest simulcast and temporal layers wanted. */
  readonly substream?: number | undefined;
  readonly temporal?: number | undefined;
  /** In microseconds. */
  readonly fallback?: number | undefined;
  readonly min_delay?: number | undefined;
  readonly max_delay?: number | undefined;
}

/** What surrounds an m-line. */
export interface SlotParts {
  readonly handle: HandlePort;
  readonly router: MediaRouter;
  /** The subscriber has paused everything. */
  isPaused(): boolean;
  /** Other layers are sent than before. */
  onLayers(mid: string, layers: ForwardedLayers): void;
  /** A stream that it had is no more. */
  onEnded(): void;
}
