import { isSecret, type HandlePort } from '#janus/gateway';
import { readRequest } from '../read-request.ts';
import { refusal } from '../refusals.ts';
import { readTokens, roomOptions } from '../rules/room-options.ts';
import { Room, type Member } from '../rules/room.ts';
import type { Rooms } from '../rules/rooms.ts';

/** Answers a request at once. Throws PluginError. */
export type RoomRequest = (rooms: Rooms, body: object, handle: HandlePort) => object;

/** The requests that are answered at once, whoever asks: everything but joining and what follows from it. */
export const roomRequests: ReadonlyMap<string, RoomRequest> = new Map<string, RoomRequest>([
  ['create', create],
  ['edit', edit],
  ['destroy', destroy],
  ['list', list],
  ['exists', exists],
  ['allowed', allowed],
  ['kick', kick],
  ['moderate', moderate],
  ['listparticipants', listParticipants],
]);

/** Throws PluginError 429 or 433 unless `given` is the room's secret, if it has one. */
function checkSecret(room: Room, given: string | undefined): void {
  const { secret } = room.options;
  if (secret === undefined) return;
  if (given === undefined) throw refusal('missingElement', 'Missing mandatory element (secret)');
  if (!isSecret(given, secret)) throw refusal('unauthorized', 'Unauthorized (wrong secret)');
}

/** Throws PluginError 429 or 433 unless `given` is the room's pin, if it has one. */
export function checkPin(room: Room, given: string | undefined): void {
  const { pin } = room.options;
  if (pin === undefined) return;
  if (given === undefined) throw refusal('missingElement', 'Missing mandatory element (pin)');
  if (!isSecret(given, pin)) throw refusal('unauthorized', 'Unauthorized (wrong pin)');
}

function create(rooms: Rooms, body: object, handle: HandlePort): object {
  const wish = readRequest('videoroom.create', body);
  const tokens = wish.allowed && readTokens(wish.allowed);
  // Janus looks at codecs before it looks for the room.
  roomOptions(0, wish);
  const id = rooms.reserve(wish.room);
  rooms.add(new Room(id, roomOptions(id, wish), tokens));
  handle.notifyEvent({ event: 'created', room: id });
  return { videoroom: 'created', room: id, permanent: wish.permanent ?? false };
}

function edit(rooms: Rooms, body: object): object {
  const wish = readRequest('videoroom.edit', body);
  const room = rooms.find(wish.room);
  checkSecret(room, wish.secret);
  room.edit(wish);
  return { videoroom: 'edited', room: room.id, permanent: wish.permanent ?? false };
}

function destroy(rooms: Rooms, body: object, handle: HandlePort): object {
  const { room: id, secret, permanent = false } = readRequest('videoroom.destroy', body);
  const room = rooms.find(id);
  checkSecret(room, secret);
  rooms.end(room);
  handle.notifyEvent({ event: 'destroyed', room: id });
  return { videoroom: 'destroyed', room: id, permanent };
}

function list(rooms: Rooms): object {
  const shown = [...rooms].filter(({ options }) => !options.is_private);
  return { videoroom: 'success', list: shown.map(({ entry }) => entry) };
}

function exists(rooms: Rooms, body: object): object {
  const { room } = readRequest('videoroom.room', body);
  return { videoroom: 'success', room, exists: rooms.has(room) };
}

function allowed(rooms: Rooms, body: object): object {
  const { room: id, secret, action, allowed: tokens = [] } = readRequest('videoroom.allowed', body);
  const room = rooms.find(id);
  checkSecret(room, secret);
  const left = room.allow(action, readTokens(tokens));
  return { videoroom: 'success', room: id, ...(left && { allowed: left }) };
}

function kick(rooms: Rooms, body: object, handle: HandlePort): object {
  const { room: roomId, secret, id } = readRequest('videoroom.kick', body);
  const room = rooms.find(roomId);
  checkSecret(room, secret);
  const member = memberOf(room, id);
  room.leave(member);
  member.tell({ videoroom: 'event', room: roomId, leaving: 'ok', reason: 'kicked' });
  room.tellMembers({ videoroom: 'event', room: roomId, kicked: id });
  handle.notifyEvent({ event: 'kicked', room: roomId, id });
  member.kicked();
  return { videoroom: 'success' };
}

function moderate(rooms: Rooms, body: object, handle: HandlePort): object {
  const { room: roomId, secret, id, mid, mute } = readRequest('videoroom.moderate', body);
  const room = rooms.find(roomId);
  checkSecret(room, secret);
  const stream = memberOf(room, id).feed?.stream(mid);
  if (stream === undefined) throw refusal('noSuchFeed', `No such stream ${mid}`);
  if (stream.isModerated !== mute) {
    stream.setModerated(mute);
    const what = { room: roomId, id, mid, moderation: mute ? 'muted' : 'unmuted' };
    room.tellMembers({ videoroom: 'event', ...what });
    handle.notifyEvent({ videoroom: 'moderated', ...what });
  }
  return { videoroom: 'success' };
}

function listParticipants(rooms: Rooms, body: object): object {
  const { room: id } = readRequest('videoroom.room', body);
  const participants = [...rooms.find(id).members.values()].map(({ id: one, display, feed }) => ({
    id: one,
    ...(display !== undefined && { display }),
    publisher: feed?.isUp === true,
  }));
  return { videoroom: 'participants', room: id, participants };
}

function memberOf(room: Room, id: number): Member {
  const member = room.members.get(id);
  if (member === undefined) throw refusal('noSuchFeed', `No such user ${id} in room ${room.id}`);
  return member;
}
