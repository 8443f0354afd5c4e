import type { Backend } from '#services/session';

/** What flows and can be muted everywhere. */
export type Kind = 'audio' | 'video';

/** A client of the backend's sessions, with a WebRTC stack or what stands for one. */
export interface BackendClient {
  /** Whether its end of the connection is up. */
  readonly isUp: boolean;
  /** All of audio, video and data; another one, after the first was answered, renegotiates. */
  offer(): Promise<string>;
  accept(answer: string): Promise<void>;
  /** Takes an offer whole. */
  answer(offer: string): Promise<string>;
  /** Says goodbye, as a page that closes. */
  hangUp(): void;
}

/** A backend under test, with its clients and its time. */
export interface BackendBench extends AsyncDisposable {
  readonly backend: Backend;
  /** Whether connections come up and media flow. */
  readonly hasMedia: boolean;
  /** A description that it does not take. */
  readonly bad: string;
  client(): BackendClient;
  /** Waits until it is so; throws what was waited for if that does not come. */
  until(what: () => string, isSo: () => boolean): Promise<void>;
  /** Waits for so long that what is to come by itself has come. */
  quiet(): Promise<void>;
  /** Throws unless media of `from` reach `to`, or do not reach it. */
  flow(from: BackendClient, to: BackendClient, kind: Kind, isFlowing: boolean): Promise<void>;
  /** What sessions and rooms have left: legs, handles, timers, ports. Zero once all are disposed. */
  remains(): number;
}

/**
 * What of the contract a backend is held to besides echo sessions; `moments`: those left at each of many moments;
 * `late_switch`: listeners whose publisher has gone already. Janus sends them no picture from the next one.
 */
export type Part = 'moments' | 'late_switch' | 'calls' | 'rooms' | 'plain_rtp' | 'media' | 'statistics';

/** One backend, and what it can do. */
export interface BackendSubject {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly start: () => Promise<BackendBench>;
}
