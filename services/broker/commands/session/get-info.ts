import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/** Answers all that is known of a session. */
export function getInfo(sessions: SessionRegistry): CommandHandler<'session.get_info'> {
  return ({ session_id }, { principal }) => sessions.get(session_id, principal).info;
}
