import type { Feed, FeedStream } from '../rules/feed.ts';

/** What is published, as its own participant is told: with its members in the order of Janus. */
export function describeStream(stream: FeedStream): object {
  const { facts } = stream;
  const { type, mindex, mid } = facts;
  if (facts.isDisabled) return { type, mindex, mid, disabled: true };
  return { ...published(stream), ...codecFlags(stream), ...(facts.isSimulcast && { simulcast: true }) };
}

/** As event handlers are told. */
export function reportStream(stream: FeedStream): object {
  return { ...published(stream), ...(stream.facts.isSimulcast && { simulcast: true }) };
}

/** The first codec of each kind, as Janus names them. */
export function describeCodecs(feed: Feed): object {
  const first = (type: string): string | undefined => feed.live.find((one) => one.type === type)?.facts.codec;
  const audio = first('audio');
  const video = first('video');
  return {
    ...(audio !== undefined && { audio_codec: audio }),
    ...(video !== undefined && { video_codec: video }),
  };
}

/** A publisher as the others see it. */
export function describeFeed(feed: Feed): object {
  const { id, display } = feed;
  const streams = feed.streams.map((stream) => ({
    ...describeStream(stream),
    ...(stream.isModerated && { moderated: true }),
  }));
  return { id, ...(display !== undefined && { display }), ...describeCodecs(feed), streams };
}

function published({ facts, description }: FeedStream): object {
  const { type, mindex, mid, codec } = facts;
  return {
    type,
    mindex,
    mid,
    ...(description !== undefined && { description }),
    ...(codec !== undefined && { codec }),
  };
}

/** Fec and stereo of Opus, profiles of H264 and VP9. */
function codecFlags({ facts: { format } }: FeedStream): object {
  if (format === undefined) return {};
  const { name, parameters } = format;
  const value = (key: string): string | undefined =>
    new RegExp(`(?:^|;)\\s*${key}=([A-Za-z0-9]+)`).exec(parameters)?.[1];
  const isSet = (key: string): boolean => value(key) === '1';
  switch (name) {
    case 'opus':
      return {
        ...(isSet('stereo') && { stereo: true }),
        ...(isSet('useinbandfec') && { fec: true }),
        ...(isSet('usedtx') && { dtx: true }),
      };
    case 'H264':
      return { h264_profile: value('profile-level-id') ?? '' };
    case 'VP9':
      return { vp9_profile: value('profile-id') ?? '0' };
    default:
      return {};
  }
}
