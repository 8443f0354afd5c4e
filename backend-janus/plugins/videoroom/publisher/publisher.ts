import type { HandlePort, PluginEvent } from '#janus/gateway';
import {
  NegotiationError,
  type ChannelReliability,
  type Encoding,
  type MediaRouter,
  type RtpSink,
} from '#janus/media';
import type { Jsep } from '#janus/protocol';
import type { JanusMessages } from '#schemas';
import type { Clock } from '#services/kernel';
import { refusal } from '../refusals.ts';
import { wantedCodecs } from '../rules/codecs.ts';
import { Feed, type FeedStream } from '../rules/feed.ts';
import type { Member, Room } from '../rules/room.ts';
import { describeCodecs, describeFeed, describeStream, reportStream } from './describe-feed.ts';
import { FeedMedia } from './feed-media.ts';
import { publishedStreams, publishPlans } from './publish-plans.ts';

/** What surrounds a participant. */
export interface PublisherParts {
  readonly handle: HandlePort;
  readonly router: MediaRouter;
  readonly clock: Clock;
  readonly room: Room;
  /** A number that no publication had before. */
  readonly nextPublication: () => number;
  /** The participant is in the room no more. */
  left(): void;
  /** Runs something once the event of the request in hand is on its way; at once if there is none. */
  readonly later: (action: () => void) => void;
}

/** Who a participant is. */
export interface Identity {
  readonly id: number;
  readonly privateId: number;
  readonly display?: string;
}

/** What it publishes, and its media. */
interface Publication {
  readonly feed: Feed;
  readonly media: FeedMedia;
}

/** What it wants of its streams; the schema says the rest. */
export type PublishRequest = JanusMessages['videoroom.publish'];
type StreamRequests = NonNullable<JanusMessages['videoroom.publish_streams']['streams']>;

/** One participant of a room: it hears of the others, and may publish. */
export class Publisher implements Member {
  readonly id: number;
  readonly privateId: number;
  readonly #parts: PublisherParts;
  #display: string | undefined;
  /** As it asked for, in bit/s. */
  #bitrate: number | undefined;
  #publication: Publication | undefined;
  #hasLeft = false;

  constructor(parts: PublisherParts, { id, privateId, display }: Identity) {
    this.#parts = parts;
    this.id = id;
    this.privateId = privateId;
    this.#display = display;
  }

  get display(): string | undefined {
    return this.#display;
  }

  get feed(): Feed | undefined {
    return this.#publication?.feed;
  }

  /** What it is told when it has joined. */
  get welcome(): object {
    const { room } = this.#parts;
    const others = [...room.members.values()].filter((member) => member !== this);
    const attendees = others.flatMap(({ id, display, feed }) =>
      feed?.isUp === true ? [] : [{ id, ...(display !== undefined && { display }) }],
    );
    return {
      videoroom: 'joined',
      room: room.id,
      description: room.options.description,
      id: this.id,
      private_id: this.privateId,
      publishers: others.flatMap(({ feed }) => (feed?.isUp === true ? [describeFeed(feed)] : [])),
      ...(room.options.notify_joining && { attendees }),
    };
  }

  tell(data: object): void {
    this.#parts.handle.pushEvent({ data });
  }

  /** Changes what it publishes, and begins to if there is an offer; gives what it has become. Rejects with PluginError. */
  async configure(
    request: PublishRequest,
    streams: StreamRequests,
    jsep: Jsep | undefined,
  ): Promise<{ readonly published: object; readonly jsep?: Jsep }> {
    const { room } = this.#parts;
    const asked = streams.flatMap((one) =>
      one.mid === undefined ? [] : [{ ...one, stream: this.#stream(one.mid) }],
    );
    const codecs = {
      audio: wantedCodecs('audio', room.options.audiocodecs, request.audiocodec),
      video: wantedCodecs('video', room.options.videocodecs, request.videocodec),
    };
    this.#rename(request.display);
    this.#bitrate = request.bitrate ?? this.#bitrate;
    this.#switchStreams(request);
    for (const { stream, send } of asked) if (send !== undefined) stream.setSent(send);
    const answer = jsep && (await this.#publish(jsep, codecs));
    this.#describe(request.descriptions ?? []);
    if (answer !== undefined) this.#switchStreams(request);
    const bitrate = room.bitrateFor(this.#bitrate);
    if (answer !== undefined || request.bitrate !== undefined) this.#publication?.media.limit(bitrate);
    this.#askForKeyframes(request, asked);
    this.#parts.handle.notifyEvent({ event: 'configured', room: room.id, id: this.id, bitrate });
    return answer === undefined ? { published: {} } : { published: this.#published(), jsep: answer };
  }

  /** The `configured` event of a request to change what it publishes. */
  async configured(...request: Parameters<Publisher['configure']>): Promise<PluginEvent> {
    const { published, jsep } = await this.configure(...request);
    const data = { videoroom: 'event', room: this.#parts.room.id, configured: 'ok', ...published };
    return { data, ...(jsep && { jsep }) };
  }

  /** Throws PluginError 435. */
  unpublish(): PluginEvent {
    if (this.feed?.isUp !== true) throw refusal('notPublished', "Can't unpublish, not published");
    this.#endPublication(true);
    const { handle, later } = this.#parts;
    later(() => handle.closePeerConnection('Close PC'));
    return { data: { videoroom: 'event', room: this.#parts.room.id, unpublished: 'ok' } };
  }

  leave(): PluginEvent {
    const { room } = this.#parts;
    this.depart();
    return { data: { videoroom: 'event', room: room.id, leaving: 'ok' } };
  }

  /** The room is left, and the others are told. */
  depart(): void {
    if (this.#hasLeft) return;
    const { room, handle } = this.#parts;
    room.leave(this);
    this.#gone();
    room.tellMembers({ videoroom: 'event', room: room.id, leaving: this.id });
    handle.notifyEvent({ event: 'leaving', room: room.id, id: this.id });
  }

  kicked(): void {
    this.#gone();
  }

  roomEnded(): void {
    this.#gone();
  }

  /** The connection is up: the others hear of what is published. */
  setupMedia(): void {
    const { feed, media } = this.#publication ?? {};
    if (feed === undefined || media === undefined || feed.isUp) return;
    const { room, handle } = this.#parts;
    feed.isUp = true;
    media.askRegularly(() => room.options.fir_freq);
    this.#announce(feed);
    const display = this.#display;
    const streams = feed.streams.map(reportStream);
    const who = { room: room.id, id: this.id, ...(display !== undefined && { display }) };
    handle.notifyEvent({ event: 'published', ...who, streams });
  }

  /** The connection is gone: so is what was published. */
  hangupMedia(): void {
    this.#endPublication(true);
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink | undefined {
    return this.#publication?.media.open(mid, encoding);
  }

  dataReady(label: string, reliability: ChannelReliability): void {
    this.#data?.channelOpened(label, reliability);
  }

  dataEnded(label: string): void {
    this.#data?.channelClosed(label);
  }

  incomingData(label: string, payload: string | Buffer): void {
    this.#data?.dataArrived(label, payload);
  }

  /** Packets of the participant are lost on their way to us. */
  slowLink(): void {
    const limit = this.#parts.room.bitrateFor(this.#bitrate);
    this.tell({ videoroom: 'slow_link', 'current-bitrate': limit });
  }

  /** As `handle_info` shows it. */
  query(): object {
    const { room } = this.#parts;
    const streams = (this.feed?.streams ?? []).map((stream) => ({
      ...reportStream(stream),
      subscribers: stream.listeners.size,
    }));
    return {
      type: 'publisher',
      room: room.id,
      id: this.id,
      private_id: this.privateId,
      ...(this.#display !== undefined && { display: this.#display }),
      bitrate: room.bitrateFor(this.#bitrate),
      ...(streams.length > 0 && { streams }),
      hangingup: 0,
      destroyed: 0,
    };
  }

  get #data(): FeedStream | undefined {
    return this.feed?.live.find(({ type }) => type === 'data');
  }

  async #publish(
    offer: Jsep,
    codecs: { readonly audio: readonly string[]; readonly video: readonly string[] },
  ): Promise<Jsep> {
    const { room, handle } = this.#parts;
    if (offer.type !== 'offer') throw refusal('invalidSdpType', `Unexpected SDP type '${offer.type}'`);
    room.beginPublishing(this);
    const isFirst = this.#publication === undefined;
    const publication = (this.#publication ??= this.#begin());
    try {
      const plans = publishPlans(offer.sdp, codecs, room.options, offer.rid_order);
      const answer = await handle.answer(offer, plans);
      if (this.#publication !== publication) throw refusal('noSuchRoom', 'No such room');
      publication.feed.negotiated(publishedStreams(offer.sdp, answer.sdp));
      publication.media.follow();
      if (publication.feed.isUp) this.#announce(publication.feed);
      return answer;
    } catch (cause) {
      if (isFirst && this.#publication === publication) this.#endPublication(false);
      if (!(cause instanceof NegotiationError)) throw cause;
      throw refusal('invalidSdp', `Error processing offer: ${cause.message}`, cause);
    }
  }

  #begin(): Publication {
    const { handle, router, clock, room, nextPublication } = this.#parts;
    const feed = new Feed(`videoroom/${room.id}/${this.id}/${nextPublication()}`, this.id, this.#display);
    return { feed, media: new FeedMedia(handle, router, clock, feed) };
  }

  /** Tells the others, if they have heard of it. */
  #endPublication(tellsOthers: boolean): void {
    const publication = this.#publication;
    if (publication === undefined) return;
    const { room, handle } = this.#parts;
    this.#publication = undefined;
    const wasUp = publication.feed.isUp;
    room.endPublishing(this);
    publication.media[Symbol.dispose]();
    publication.feed.end();
    if (!tellsOthers || !wasUp) return;
    room.tellMembers({ videoroom: 'event', room: room.id, unpublished: this.id }, this);
    handle.notifyEvent({ event: 'unpublished', room: room.id, id: this.id });
  }

  #gone(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#endPublication(false);
    this.#parts.left();
  }

  #announce(feed: Feed): void {
    const { room } = this.#parts;
    room.tellMembers({ videoroom: 'event', room: room.id, publishers: [describeFeed(feed)] }, this);
  }

  #published(): object {
    const { feed } = this;
    return feed === undefined ? {} : { ...describeCodecs(feed), streams: feed.streams.map(describeStream) };
  }

  #rename(display: string | undefined): void {
    if (display === undefined || display === this.#display) return;
    this.#display = display;
    if (this.feed !== undefined) this.feed.display = display;
    this.#parts.room.tellMembers({ videoroom: 'event', id: this.id, display }, this);
  }

  /** The switches of older clients are for all streams of their kind. */
  #switchStreams(request: PublishRequest): void {
    for (const stream of this.feed?.streams ?? []) {
      const isSent = request[stream.type];
      if (isSent !== undefined) stream.setSent(isSent);
    }
  }

  #askForKeyframes({ keyframe }: PublishRequest, streams: StreamRequests): void {
    if (keyframe === true) this.#publication?.media.askForKeyframes();
    for (const one of streams) if (one.keyframe === true) this.#publication?.media.askForKeyframes(one.mid);
  }

  #describe(descriptions: NonNullable<PublishRequest['descriptions']>): void {
    for (const { mid, description } of descriptions) {
      const stream = this.feed?.stream(mid);
      if (stream !== undefined) stream.description = description;
    }
  }

  #stream(mid: string): FeedStream {
    const stream = this.feed?.stream(mid);
    if (stream === undefined) throw refusal('noSuchFeed', `No such mid '${mid}' published`);
    return stream;
  }
}
