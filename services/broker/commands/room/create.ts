import { MediaError, roomId, type Commands } from '#schemas';
import type { CommandHandler } from '../../command-table.ts';
import { limitSize } from '../../requests/opaque.ts';
import type { NewRoom, RoomRegistry } from '../../rooms/room-registry.ts';
import type { Subscriptions } from '../../subscriptions.ts';
import { codecsOf } from './codec-words.ts';
import { followRoom } from './follow-room.ts';

type Data = Commands['room.create']['data'];

/** Seconds a room lives without a publisher, unless the client says otherwise. */
export const defaultTimeout = 300;

/** Characters of JSON of what a client keeps with its room. */
const longestMeta = 65_536;

/**
 * Makes a room. Replies once sessions can join it; the creator gets its events from the first on. A room whose reply
 * could not be given is stopped, since nobody learnt its id.
 */
export function createRoom(rooms: RoomRegistry, subscriptions: Subscriptions): CommandHandler<'room.create'> {
  return async (data, { caller, principal, signal }) => {
    limitSize('room_meta', data.room_meta, longestMeta);
    const room = rooms.create(configOf(data), principal);
    try {
      if (data.subscribe ?? true) followRoom(room, caller, subscriptions);
      await room.whenOpen(signal);
      return { room_id: room.id };
    } catch (cause) {
      room.stop(cause instanceof MediaError ? cause.code : 'internal_error');
      throw cause;
    }
  };
}

function configOf(data: Data): NewRoom {
  if (data.class !== 'sfu') {
    const hint = `data.class must be sfu: there are no rooms of class ${data.class} here`;
    throw new MediaError('not_implemented', undefined, { hint });
  }
  return {
    ...codecsOf({ audio: data.audio_codec, video: data.video_codec, audioField: 'audio_codec' }),
    bitsPerSecond: data.bitrate ?? 0,
    timeoutMs: (data.timeout ?? defaultTimeout) * 1000,
    isProvisional: false,
    ...(data.room_id !== undefined && { id: roomId(data.room_id) }),
    ...(data.backend !== undefined && { backend: data.backend }),
    ...(data.room_meta && { meta: data.room_meta }),
  };
}
