import { MediaError, type AudioCodec, type VideoCodec } from '#schemas';
import { encodingOf } from '../../rooms/encodings.ts';

/** What a room uses when the client does not say. */
const defaults = { audioCodec: 'opus', videoCodec: 'vp8' } as const;

/** The codecs of a room that is to be made, and where the client names them. */
export interface CodecWords {
  readonly audio: AudioCodec | undefined;
  readonly video: VideoCodec | undefined;
  readonly audioField: string;
}

/** Fills in what the client left out. Throws MediaError `invalid_parameters` for a codec that nothing here can do. */
export function codecsOf({ audio, video, audioField }: CodecWords): {
  readonly audioCodec: AudioCodec;
  readonly videoCodec: VideoCodec;
} {
  const { audioCodec, videoCodec } = {
    audioCodec: audio ?? defaults.audioCodec,
    videoCodec: video ?? defaults.videoCodec,
  };
  if (encodingOf(audioCodec) !== undefined) return { audioCodec, videoCodec };
  const hint = `data.${audioField} must be one of opus, pcmu, pcma: no media server here has ${audioCodec}`;
  throw new MediaError('invalid_parameters', undefined, { hint });
}
