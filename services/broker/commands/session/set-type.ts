import type { CommandHandler } from '../../command-table.ts';
import type { RunningSession, SessionRegistry } from '../../sessions/session-registry.ts';
import { invalidPublisher } from '../../sessions/connected.ts';

/** Changes what a session does, without a new negotiation. Replies when the backend has done it. */
export function setType(sessions: SessionRegistry): CommandHandler<'session.set_type'> {
  return async ({ session_id, type, publisher_id, room_id }, { principal }) => {
    const session = sessions.get(session_id, principal);
    if (type === 'listen' && session.info.type === 'listen' && publisher_id !== undefined)
      sameRoom(session, sessions.publisher(publisher_id, principal), room_id);
    await session.setType(type, publisher_id);
    return {};
  };
}

/** A listener moves within its room; the leg of another would be on another engine. */
function sameRoom(listener: RunningSession, publisher: RunningSession, room: string | undefined): void {
  const { room_id } = listener.info;
  if (publisher.info.room_id !== room_id)
    throw invalidPublisher('data.publisher_id names a publisher of another room');
  if (room !== undefined && room !== room_id)
    throw invalidPublisher('data.room_id names another room than the one listened to');
}
