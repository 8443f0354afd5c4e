import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/** Answers the counters of a session's media. */
export function getStats(sessions: SessionRegistry): CommandHandler<'session.get_stats'> {
  return async ({ session_id }, { principal }) => {
    const stats = await sessions.get(session_id, principal).stats();
    return { session_id, ...stats };
  };
}
