import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/** Makes a session the slave of another, as `master_id` does at create. Replies at once. */
export function link(sessions: SessionRegistry): CommandHandler<'session.link'> {
  return ({ session_id, master_id, set_master_answer, stop_after_peer }, { principal }) => {
    const settings = {
      ...(set_master_answer !== undefined && { setsMasterAnswer: set_master_answer }),
      ...(stop_after_peer !== undefined && { stopAfterPeer: stop_after_peer }),
    };
    sessions.link(session_id, master_id, settings, principal);
    return {};
  };
}

/** Takes the link to one session away, or all links; both sides forget it. Replies at once. */
export function unlink(sessions: SessionRegistry): CommandHandler<'session.unlink'> {
  return ({ session_id, peer_id }, { principal }) => {
    sessions.unlink(session_id, peer_id, principal);
    return {};
  };
}
