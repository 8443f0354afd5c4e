import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/** Answers what the status events of a session said last. */
export function getStatus(sessions: SessionRegistry): CommandHandler<'session.get_status'> {
  return ({ session_id }, { principal }) => sessions.get(session_id, principal).info.status;
}
