import type { Commands } from '#schemas';
import type { MediaUpdate } from '#services/session';

type MediaWords = Omit<Commands['session.update_media']['data'], 'session_id'>;

/** Mutes and bitrate as a command has them; `bitrate` wins over `bitrate_kbps`. */
export function mediaOf({
  mute_audio,
  mute_video,
  mute_data,
  bitrate,
  bitrate_kbps,
}: MediaWords): MediaUpdate {
  const bitsPerSecond = bitrate ?? (bitrate_kbps === undefined ? undefined : bitrate_kbps * 1000);
  return {
    ...(mute_audio !== undefined && { muteAudio: mute_audio }),
    ...(mute_video !== undefined && { muteVideo: mute_video }),
    ...(mute_data !== undefined && { muteData: mute_data }),
    ...(bitsPerSecond !== undefined && { bitsPerSecond }),
  };
}
