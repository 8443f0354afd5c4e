import type { CommandHandler } from '../../command-table.ts';
import type { RoomRegistry } from '../../rooms/room-registry.ts';

/** Ends a room and the sessions in it. Replies when their ends have been told. */
export function destroyRoom(rooms: RoomRegistry): CommandHandler<'room.destroy'> {
  return ({ room_id }, { principal }) => {
    rooms.get(room_id, principal).stop('api_stop');
    return {};
  };
}
