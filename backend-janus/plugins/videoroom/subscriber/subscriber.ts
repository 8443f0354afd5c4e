import { PluginError, type HandlePort, type PluginEvent } from '#janus/gateway';
import type { ForwardedLayers, MediaRouter } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import type { JanusMessages } from '#schemas';
import { readRequest } from '../read-request.ts';
import { refusal } from '../refusals.ts';
import type { FeedStream } from '../rules/feed.ts';
import type { Occupant, Room } from '../rules/room.ts';
import { MediaSlot } from './media-slot.ts';
import { Offers } from './offers.ts';
import type { Slot } from './slot.ts';
import { Slots } from './slots.ts';
import { findFeed, findStream, wantedFeed, wantedStreams } from './wanted-streams.ts';

/** What surrounds a subscriber. */
export interface SubscriberParts {
  readonly handle: HandlePort;
  readonly router: MediaRouter;
  readonly room: Room;
  /** The subscriber is in the room no more. */
  left(): void;
  /** Runs something once the event of the request in hand is on its way; at once if there is none. */
  later(action: () => void): void;
}

type Join = JanusMessages['videoroom.subscriber'];
type Removal = NonNullable<JanusMessages['videoroom.update']['unsubscribe']>[number];

/** One client that gets streams of a room: offers of ours, and what flows on their m-lines. */
export class Subscriber implements Occupant {
  readonly #parts: SubscriberParts;
  readonly #slots: Slots;
  readonly #offers: Offers;
  readonly #told = new Map<string, ForwardedLayers>();
  #privateId: number | undefined;
  #updatesItself = true;
  #isUpdateDue = false;
  #isPaused = false;
  #hasLeft = false;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    const { handle, router } = parts;
    this.#slots = new Slots({
      handle,
      router,
      isPaused: () => this.#isPaused,
      onLayers: (mid, layers) => this.#tellLayers(mid, layers),
      onEnded: () => this.#streamsEnded(),
    });
    this.#offers = new Offers(handle, this.#slots);
  }

  /** Takes its first streams; gives them with an offer. Rejects with PluginError. */
  async join(request: Join): Promise<PluginEvent> {
    const { room } = this.#parts;
    const { streams = [], feed: id, private_id } = request;
    const feed = streams.length > 0 || id === undefined ? undefined : findFeed(room, id);
    if (streams.length === 0 && feed === undefined)
      throw refusal('missingElement', 'Missing mandatory element (feed)');
    const wants = feed === undefined ? wantedStreams(room, streams) : wantedFeed(feed, request);
    room.checkPrivateId(private_id);
    this.#privateId = private_id;
    this.#updatesItself = request.autoupdate ?? true;
    this.#slots.add(wants);
    const jsep = await this.#offer();
    this.#report('subscribing');
    const legacy = feed && {
      id: feed.id,
      ...(feed.display !== undefined && { display: feed.display }),
      warning: 'deprecated_api',
    };
    const data = { videoroom: 'attached', room: room.id, ...legacy, streams: this.#slots.describe() };
    return { data, ...(jsep && { jsep }) };
  }

  /** Goes on, with the answer to an offer of ours if there is one. */
  async start(jsep: Jsep | undefined): Promise<PluginEvent> {
    if (jsep !== undefined) {
      const isFirst = !this.#offers.hasBeenAnswered;
      await this.#offers.accept(jsep);
      if (isFirst) this.#parts.handle.notifyEvent({ event: 'subscribed', room: this.#parts.room.id });
      this.#parts.later(() => this.#catchUp());
    }
    this.#setPaused(false);
    return this.#event({ started: 'ok' });
  }

  pause(): PluginEvent {
    this.#setPaused(true);
    return this.#event({ paused: 'ok' });
  }

  async subscribe(body: object): Promise<PluginEvent> {
    const { streams } = readRequest('videoroom.subscribe', body);
    return this.#updated(this.#slots.add(wantedStreams(this.#parts.room, streams)));
  }

  async unsubscribe(body: object): Promise<PluginEvent> {
    return this.#updated(this.#remove(readRequest('videoroom.unsubscribe', body).streams));
  }

  async update(body: object): Promise<PluginEvent> {
    const { subscribe = [], unsubscribe = [] } = readRequest('videoroom.update', body);
    if (subscribe.length === 0 && unsubscribe.length === 0)
      throw refusal('missingElement', 'Missing mandatory element (subscribe or unsubscribe)');
    const wants = wantedStreams(this.#parts.room, subscribe);
    const hasLess = this.#remove(unsubscribe);
    const hasMore = this.#slots.add(wants);
    return this.#updated(hasLess || hasMore);
  }

  /** Moves m-lines to other streams, without a negotiation. Throws PluginError. */
  switch(body: object): PluginEvent {
    const { room, handle } = this.#parts;
    const { streams, feed: id } = readRequest('videoroom.switch', body);
    if (streams === undefined && id === undefined)
      throw refusal('missingElement', 'Missing mandatory element (feed)');
    const moves = streams === undefined ? this.#movesTo(id ?? 0) : this.#moves(streams);
    const changes = moves.filter(({ slot, stream }) => slot.switchTo(stream)).length;
    handle.notifyEvent({ event: 'switched', room: room.id });
    const data = {
      videoroom: 'event',
      switched: 'ok',
      room: room.id,
      changes,
      streams: this.#slots.describe(),
    };
    return { data };
  }

  async configure(body: object): Promise<PluginEvent> {
    const request = readRequest('videoroom.configure', body);
    const { streams = [], mid, restart = false } = request;
    const changes = streams.map((wish) => ({ slot: this.#slots.find(wish.mid), wish }));
    for (const { slot, wish } of changes) slot.configure(wishOf(wish));
    const meant = mid === undefined ? this.#slots.all : [this.#slots.find(mid)];
    for (const slot of meant) {
      const { send = request[slot.type] } = request;
      slot.configure({ ...wishOf(request), send });
    }
    const jsep = restart ? await this.#offer({ restartsIce: true }) : undefined;
    return { ...this.#event({ configured: 'ok' }), ...(jsep && { jsep }) };
  }

  leave(): PluginEvent {
    this.depart();
    return this.#event({ left: 'ok' });
  }

  /** The room is left. */
  depart(): void {
    this.#parts.room.leave(this);
    this.roomEnded();
  }

  tell(data: object): void {
    this.#parts.handle.pushEvent({ data });
  }

  roomEnded(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.hangupMedia();
    this.#parts.left();
  }

  /** The connection is gone, and with it the m-lines. New streams may be asked for. */
  hangupMedia(): void {
    this.#slots[Symbol.dispose]();
    this.#offers.reset();
    this.#told.clear();
    this.#isPaused = false;
  }

  /** The client loses packets of ours. */
  slowLink(): void {
    this.tell({ videoroom: 'slow_link' });
  }

  /** As `handle_info` shows it. */
  query(): object {
    return {
      type: 'subscriber',
      room: this.#parts.room.id,
      ...(this.#privateId !== undefined && { private_id: this.#privateId }),
      answered: this.#offers.hasBeenAnswered,
      pending_offer: this.#offers.isPending && this.#offers.isStale,
      pending_restart: this.#offers.isRestartPending,
      paused: this.#isPaused,
      streams: this.#slots.describe(),
      hangingup: 0,
      destroyed: 0,
    };
  }

  async #updated(hasChanged: boolean): Promise<PluginEvent> {
    const { id: room } = this.#parts.room;
    if (!hasChanged) return { data: { videoroom: 'updated', room } };
    const jsep = await this.#offer();
    if (jsep === undefined) return { data: { videoroom: 'updating', room } };
    this.#report('updated');
    return { data: { videoroom: 'updated', room, streams: this.#slots.describe() }, jsep };
  }

  async #offer(options?: Parameters<Offers['make']>[0]): Promise<Jsep | undefined> {
    const jsep = await this.#offers.make(options);
    if (this.#hasLeft) throw refusal('noSuchRoom', 'No such room');
    return jsep;
  }

  /** Offers what has changed while an offer waited for its answer. */
  #catchUp(): void {
    if (this.#offers.isStale || this.#offers.isRestartPending) this.#scheduleUpdate();
  }

  #streamsEnded(): void {
    if (this.#updatesItself) this.#scheduleUpdate();
  }

  /** One offer for all that changes at once. */
  #scheduleUpdate(): void {
    if (this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    queueMicrotask(() => void this.#tellUpdate());
  }

  async #tellUpdate(): Promise<void> {
    this.#isUpdateDue = false;
    if (this.#hasLeft || this.#slots.all.length === 0) return;
    try {
      const event = await this.#updated(true);
      if (event.jsep !== undefined) this.#parts.handle.pushEvent(event);
    } catch (cause) {
      // The connection or the room ended meanwhile, of which the client hears otherwise.
      if (!(cause instanceof PluginError)) throw cause;
    }
  }

  #remove(removals: readonly Removal[]): boolean {
    const isMeant = (slot: Slot, stream: FeedStream): boolean =>
      removals.some(({ feed, mid, sub_mid }) => {
        if (sub_mid !== undefined)
          return slot.mid === sub_mid && (feed === undefined || feed === stream.feed.id);
        return feed === stream.feed.id && (mid === undefined || mid === stream.mid);
      });
    return this.#slots.remove(isMeant);
  }

  #moves(streams: NonNullable<JanusMessages['videoroom.switch']['streams']>): readonly Move[] {
    if (streams.length === 0) throw refusal('noSuchFeed', 'No such feed (0)');
    return streams.flatMap(({ feed, mid, sub_mid }) => {
      const stream = findStream(findFeed(this.#parts.room, feed), mid);
      const slot = this.#slots.find(sub_mid);
      return slot instanceof MediaSlot ? [{ slot, stream }] : [];
    });
  }

  /** What older clients ask for: everything from another feed, the first of a kind on the first of its kind. */
  #movesTo(id: number): readonly Move[] {
    const left = [...findFeed(this.#parts.room, id).live];
    return this.#slots.all.flatMap((slot) => {
      const at = left.findIndex(({ type }) => type === slot.type);
      if (!(slot instanceof MediaSlot) || at < 0 || slot.streams.length === 0) return [];
      return left.splice(at, 1).map((stream) => ({ slot, stream }));
    });
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    for (const slot of this.#slots.all) slot.refresh();
  }

  /** Told whenever other layers really go out, not when they are asked for. */
  #tellLayers(mid: string, layers: ForwardedLayers): void {
    const before = this.#told.get(mid) ?? {};
    this.#told.set(mid, layers);
    const { id: room } = this.#parts.room;
    const { substream, temporal } = layers;
    if (substream !== undefined && substream !== before.substream)
      this.tell({ videoroom: 'event', room, mid, substream });
    if (temporal !== undefined && temporal !== before.temporal)
      this.tell({ videoroom: 'event', room, mid, temporal });
  }

  #report(event: string): void {
    const { room, handle } = this.#parts;
    const owner = this.#privateId !== undefined && { private_id: this.#privateId };
    handle.notifyEvent({ event, room: room.id, streams: this.#slots.describe(), ...owner });
  }

  #event(what: object): PluginEvent {
    return { data: { videoroom: 'event', room: this.#parts.room.id, ...what } };
  }
}

/** An m-line that moves to another stream. */
interface Move {
  readonly slot: MediaSlot;
  readonly stream: FeedStream;
}

function wishOf({
  send,
  substream,
  temporal,
  fallback,
  min_delay,
  max_delay,
}: JanusMessages['videoroom.configure']): object {
  return { send, substream, temporal, fallback, min_delay, max_delay };
}
