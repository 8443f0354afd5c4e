import type { CommandHandler } from '../../command-table.ts';
import type { RoomRegistry } from '../../rooms/room-registry.ts';

/** Answers all that is known of a room. */
export function getRoomInfo(rooms: RoomRegistry): CommandHandler<'room.get_info'> {
  return ({ room_id }, { principal }) => rooms.get(room_id, principal).info;
}
