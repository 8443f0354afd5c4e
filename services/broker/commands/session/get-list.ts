import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/** Answers the sessions of the caller's tenant that run. */
export function getList(sessions: SessionRegistry): CommandHandler<'session.get_list'> {
  return (_data, { principal }) => sessions.list(principal).map(({ id }) => ({ session_id: id }));
}
