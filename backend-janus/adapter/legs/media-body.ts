import { MediaError } from '#schemas';
import type { MediaUpdate } from '#services/session';

/** How a plugin is told to let data flow or not: by a member of its own, by an extension of ours, or not at all. */
export type DataWord = 'data' | 'bifrons' | 'none';

/**
 * What is to flow, in the words that Janus' plugins share. Throws MediaError `not_implemented` if data is to be muted where
 * there is no word for it; unmuting needs none.
 */
export function mediaBody(media: MediaUpdate, word: DataWord): object {
  const { muteAudio, muteVideo, muteData, bitsPerSecond } = media;
  if (muteData === true && word === 'none') {
    const hint = 'data.mute_data: the Janus that carries this session cannot mute data';
    throw new MediaError('not_implemented', undefined, { hint });
  }
  return {
    ...(muteAudio !== undefined && { audio: !muteAudio }),
    ...(muteVideo !== undefined && { video: !muteVideo }),
    ...(muteData !== undefined && word === 'bifrons' && { bifrons: { data: !muteData } }),
    ...(muteData !== undefined && word === 'data' && { data: !muteData }),
    ...(bitsPerSecond !== undefined && { bitrate: bitsPerSecond }),
  };
}
