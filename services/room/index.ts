export type { Member, RequestNumber, RoomInput, RoomOutput, Sender } from './messages.ts';
export type { RoomConfig } from './room-config.ts';
export { farewellOf, Room } from './room.ts';
