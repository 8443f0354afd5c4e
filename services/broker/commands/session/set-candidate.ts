import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';

/**
 * Gives one of the client's candidates. Replies at once, before anybody has looked at it. An empty one marks the end
 * of an m-line (W3C WebRTC section 4.8.2), which needs nothing done.
 */
export function setCandidate(sessions: SessionRegistry): CommandHandler<'session.set_candidate'> {
  return ({ session_id, sdpMid, sdpMLineIndex, candidate }, { principal }) => {
    const session = sessions.get(session_id, principal);
    const hasMid = sdpMid !== undefined && sdpMid !== null && sdpMid !== '';
    if (candidate !== '') session.addCandidate({ sdpMLineIndex, candidate, ...(hasMid && { sdpMid }) });
    return {};
  };
}

/** Says that the client has no more candidates. Replies at once. */
export function setCandidateEnd(sessions: SessionRegistry): CommandHandler<'session.set_candidate_end'> {
  return ({ session_id }, { principal }) => {
    sessions.get(session_id, principal).addCandidate(undefined);
    return {};
  };
}
