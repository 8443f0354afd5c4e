import type { JanusMessages } from '#schemas';
import { refusal } from '../refusals.ts';
import type { Feed, FeedStream } from '../rules/feed.ts';
import type { Room } from '../rules/room.ts';
import type { Want } from './slots.ts';

type Subscribe = JanusMessages['videoroom.subscribe']['streams'];
type Join = JanusMessages['videoroom.subscriber'];

/** The streams that a list names: one of a feed, or all of it. Throws PluginError 428. */
export function wantedStreams(room: Room, list: Subscribe): readonly Want[] {
  return list.flatMap(({ feed: id, mid, ...wish }) => {
    const feed = findFeed(room, id);
    const streams = mid === undefined ? feed.live : [findStream(feed, mid)];
    return streams.map((stream) => ({ stream, wish }));
  });
}

/** What older clients ask for: one feed, without the kinds that they do not want. Throws PluginError 428 or 430. */
export function wantedFeed(feed: Feed, request: Join): readonly Want[] {
  const { substream, temporal, fallback } = request;
  const isOffered = { audio: request.offer_audio, video: request.offer_video, data: request.offer_data };
  const wants = feed.live
    .filter(({ type }) => isOffered[type] !== false)
    .map((stream) => ({ stream, wish: { send: request[stream.type], substream, temporal, fallback } }));
  if (wants.length === 0) throw refusal('invalidElement', "Can't offer an SDP with no audio, video or data");
  return wants;
}

/** Throws PluginError 428 if nobody of that id publishes. */
export function findFeed(room: Room, id: number): Feed {
  const feed = room.members.get(id)?.feed;
  if (feed === undefined || feed.live.length === 0) throw refusal('noSuchFeed', `No such feed (${id})`);
  return feed;
}

/** Throws PluginError 428. */
export function findStream(feed: Feed, mid: string): FeedStream {
  const stream = feed.live.find((one) => one.mid === mid);
  if (stream === undefined) throw refusal('noSuchFeed', `No such mid '${mid}' in feed ${feed.id}`);
  return stream;
}
