import type { SessionEvent } from '#schemas';
import type { Principal } from '../serve.ts';
import type { RunningSession } from './session-registry.ts';

/** Sees what becomes of sessions. */
export interface SessionObserver {
  /**
   * Hears each event of a session before anybody else does: of whoever ends with it, the end is told first. Must
   * return at once.
   */
  told(session: RunningSession, principal: Principal, event: SessionEvent): void;
}
