import type { CommandHandler } from '../../command-table.ts';
import type { RoomRegistry } from '../../rooms/room-registry.ts';

/** Answers the rooms of the caller's tenant. */
export function getRoomList(rooms: RoomRegistry): CommandHandler<'room.get_list'> {
  return (_data, { principal }) => rooms.list(principal).map(({ id }) => ({ room_id: id, class: 'sfu' }));
}
