import { parseSdp } from '#janus/media';

/** Codecs in use, as Janus writes them. */
export interface CodecsInUse {
  readonly audio_codec?: string;
  readonly video_codec?: string;
}

/** What an answer takes of each kind, on the first m-line that it does not reject. */
export function codecsInUse(answerSdp: string): CodecsInUse {
  const { media } = parseSdp(answerSdp);
  const codec = (wanted: 'audio' | 'video'): string | undefined =>
    media.find(({ kind, isRejected }) => kind === wanted && !isRejected)?.codecs[0]?.name.toLowerCase();
  const audio = codec('audio');
  const video = codec('video');
  return { ...(audio && { audio_codec: audio }), ...(video && { video_codec: video }) };
}
