import { checkCommand, MediaError, roomId, type Commands, type RoomId } from '#schemas';
import type { CommandContext } from '../../command-table.ts';
import type { NewRoom, RoomRegistry, RunningRoom } from '../../rooms/room-registry.ts';
import type { RunningSession } from '../../sessions/session-registry.ts';
import type { Subscriptions } from '../../subscriptions.ts';
import { codecsOf } from '../room/codec-words.ts';
import { defaultTimeout } from '../room/create.ts';
import { followRoom } from '../room/follow-room.ts';

type Data = Commands['session.create']['data'];

/** A session's way into its room. */
export interface RoomEntry {
  readonly room: Pick<RunningRoom, 'id' | 'backend'>;
  /** The session was made; it ends with the room from now on. */
  begin(session: RunningSession): void;
  /** The session was replied. */
  succeed(): void;
  /** The session was not, and is stopped. */
  fail(): void;
}

/** What finding rooms needs. */
export interface RoomEntryParts {
  readonly rooms: RoomRegistry;
  readonly subscriptions: Subscriptions;
}

/** Whether a session of this kind needs its room before its leg opens. Without an offer nothing can be published. */
export function isPublishing({ type, offer }: Data): boolean {
  return type === 'publish' && offer !== undefined;
}

/**
 * Finds a publisher's room, or makes it: always if none is named, with `create_room` if there is none of that name.
 * Resolves when it can be used. Rejects with MediaError `room_not_found`, `different_mediaserver` if the client wants
 * another backend than the room's, and with what goes wrong in making it.
 */
export async function publisherEntry(
  { rooms, subscriptions }: RoomEntryParts,
  data: Data,
  { caller, principal, signal }: CommandContext,
): Promise<RoomEntry> {
  const known = data.room_id === undefined ? undefined : rooms.find(data.room_id, principal);
  if (known === undefined && data.room_id !== undefined && data.create_room !== true) throw roomNotFound();
  if (known !== undefined) checkBackend(data, known);
  const room = known ?? rooms.create(configOf(data), principal);
  const place = room.reserve();
  const follow = (): void => {
    if (data.subscribe ?? true) followRoom(room, caller, subscriptions);
  };
  try {
    if (known === undefined) follow();
    await room.whenOpen(signal);
    signal.throwIfAborted();
  } catch (cause) {
    place.giveUp();
    throw cause;
  }
  return {
    room,
    begin: (session) => {
      rooms.expect(session, room.id);
      follow();
    },
    succeed: () => place.take(),
    fail: () => place.giveUp(),
  };
}

/**
 * The room of the publisher that a session wants to listen to; undefined if it is not publishing. Throws MediaError
 * `invalid_publisher` if the client names another room, `different_mediaserver` if it wants another backend.
 */
export function listenerEntry(
  { rooms, subscriptions }: RoomEntryParts,
  data: Data,
  { caller, principal }: CommandContext,
): RoomEntry | undefined {
  const { type, publisher_id: publisherId } = data;
  if (type !== 'listen' || publisherId === undefined) return undefined;
  const room = rooms.ofPublisher(publisherId, principal);
  if (room === undefined) return undefined;
  if (data.room_id !== undefined && data.room_id !== room.id) {
    const hint = 'data.publisher_id publishes into another room than data.room_id';
    throw new MediaError('invalid_publisher', undefined, { hint });
  }
  checkBackend(data, room);
  return {
    room,
    begin: (session) => {
      rooms.expect(session, room.id, publisherId);
      if (data.subscribe ?? true) followRoom(room, caller, subscriptions);
    },
    succeed: () => undefined,
    fail: () => undefined,
  };
}

function checkBackend({ backend }: Data, room: Pick<RunningRoom, 'backend'>): void {
  if (backend === undefined || backend === room.backend) return;
  throw new MediaError('different_mediaserver', undefined, { hint: `the room is on ${room.backend}` });
}

function configOf(data: Data): NewRoom {
  const { room_audio_codec: audio, room_video_codec: video } = data;
  return {
    ...codecsOf({ audio, video, audioField: 'room_audio_codec' }),
    bitsPerSecond: data.room_bitrate ?? 0,
    timeoutMs: defaultTimeout * 1000,
    isProvisional: true,
    ...(data.room_id !== undefined && { id: chosen(data.room_id) }),
    ...(data.backend !== undefined && { backend: data.backend }),
  };
}

/** A name that `room.create` would take too. */
function chosen(id: string): RoomId {
  const checked = checkCommand('room.create', { class: 'sfu', room_id: id });
  if (checked.ok) return roomId(id);
  const hint = checked.violations.map(({ text }) => text).join('; ');
  throw new MediaError('syntax_error', 'room_id', { hint });
}

function roomNotFound(): MediaError {
  const hint = 'data.room_id names no room; data.create_room makes one';
  return new MediaError('room_not_found', undefined, { hint });
}
