import type { CommandHandler } from '../../command-table.ts';
import { limitSize } from '../../requests/opaque.ts';
import type { RoomRegistry } from '../../rooms/room-registry.ts';

/** Characters of JSON of one message. */
const longestMessage = 16_384;

/** Keeps a message in a room's log, with who sent it and when, and tells it to whoever hears the room. */
export function sendMessage(rooms: RoomRegistry): CommandHandler<'room.msglog_send'> {
  return async ({ room_id, msg }, { caller, principal }) => {
    limitSize('msg', msg, longestMessage);
    const room = rooms.get(room_id, principal);
    return { msg_id: await room.say(msg, { user_id: principal.user, session_id: caller.id }) };
  };
}

/** Answers the messages of a room that are kept. */
export function getMessages(rooms: RoomRegistry): CommandHandler<'room.msglog_get'> {
  return ({ room_id }, { principal }) => [...rooms.get(room_id, principal).messages];
}
