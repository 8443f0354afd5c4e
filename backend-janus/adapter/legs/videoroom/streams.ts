import { MediaError } from '#schemas';
import type { FeedStream } from './rooms.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Janus' plugin for rooms. */
export const videoroom = 'janus.plugin.videoroom';

/** The `streams` of what videoroom says. Throws MediaError `session_failed` if it says none. */
export function streamsOf(data: object): readonly FeedStream[] {
  const streams = 'streams' in data ? data.streams : undefined;
  if (!Array.isArray(streams)) throw new MediaError('session_failed');
  return streams.flatMap((stream: unknown) => streamOf(stream) ?? []);
}

function streamOf(stream: unknown): FeedStream | undefined {
  if (typeof stream !== 'object' || stream === null) return undefined;
  const { mid, type }: Fields = { ...stream };
  return typeof mid === 'string' && typeof type === 'string' ? { mid, type } : undefined;
}
