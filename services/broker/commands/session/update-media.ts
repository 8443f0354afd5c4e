import type { CommandHandler } from '../../command-table.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';
import { mediaOf } from './media-words.ts';

/** Changes what flows. Replies when the backend has done it; without a change, at once. */
export function updateMedia(sessions: SessionRegistry): CommandHandler<'session.update_media'> {
  return async ({ session_id, ...words }, { principal }) => {
    await sessions.get(session_id, principal).updateMedia(mediaOf(words));
    return {};
  };
}
