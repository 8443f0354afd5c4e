import type { CommandHandler } from '../../command-table.ts';
import type { RoomRegistry } from '../../rooms/room-registry.ts';

/** Answers how a room is at present. */
export function getRoomStatus(rooms: RoomRegistry): CommandHandler<'room.get_status'> {
  return ({ room_id }, { principal }) => rooms.get(room_id, principal).status;
}
