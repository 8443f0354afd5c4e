import { MediaError, type SessionId, type SessionInfo } from '#schemas';
import type { LinkSettings } from '#services/session';

/** A session as far as its links go. */
export interface LinkedSession {
  readonly id: SessionId;
  readonly master: SessionId | undefined;
  readonly slaves: readonly SessionId[];
  readonly info: SessionInfo;
}

/**
 * Throws MediaError unless `slave` may follow `master`: `invalid_parameters` for itself or for one that follows it,
 * `invalid_state` if it has a master, or its answer comes too early to be the master's.
 */
export function checkLink(
  slave: LinkedSession,
  master: LinkedSession,
  { setsMasterAnswer = false }: LinkSettings,
  masterOf: (id: SessionId) => SessionId | undefined,
): void {
  if (slave.id === master.id) throw wrong('data.master_id must name another session than data.session_id');
  if (slave.master !== undefined) throw tooLate(`the session follows ${slave.master}; unlink it first`);
  for (let above = master.master; above !== undefined; above = masterOf(above)) {
    if (above === slave.id) throw wrong('data.master_id names a session that follows data.session_id');
  }
  if (setsMasterAnswer && slave.info.answer !== undefined)
    throw tooLate('the session has its answer already; data.set_master_answer comes too late');
}

/** Throws MediaError `unknown_peer` if the session has no link to the one that is named. */
export function checkUnlink({ master, slaves }: LinkedSession, peer: SessionId | undefined): void {
  if (peer === undefined || peer === master || slaves.includes(peer)) return;
  const hint = 'data.peer_id names no session that this one is linked to';
  throw new MediaError('unknown_peer', undefined, { hint });
}

function wrong(hint: string): MediaError {
  return new MediaError('invalid_parameters', undefined, { hint });
}

function tooLate(hint: string): MediaError {
  return new MediaError('invalid_state', undefined, { hint });
}
