import type { AudioCodec, VideoCodec } from '#schemas';

/** The names of encodings as `a=rtpmap` has them; none for what no media server here can do. */
const encodings: Readonly<Record<AudioCodec | VideoCodec, string | undefined>> = {
  opus: 'opus',
  isac32: undefined,
  isac16: undefined,
  pcmu: 'PCMU',
  pcma: 'PCMA',
  vp8: 'VP8',
  vp9: 'VP9',
  h264: 'H264',
};

/** The encoding that a codec of a command stands for; undefined for what no media server here can do. */
export function encodingOf(codec: AudioCodec | VideoCodec): string | undefined {
  return encodings[codec];
}
