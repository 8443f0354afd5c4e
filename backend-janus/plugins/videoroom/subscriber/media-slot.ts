import type { ForwardedLayers, StreamPlan, Subscription } from '#janus/media';
import type { FeedListener, FeedStream } from '../rules/feed.ts';
import type { Slot, SlotParts, SlotWish } from './slot.ts';

/** The stream on an m-line. */
interface Taken {
  readonly stream: FeedStream;
  readonly tie: Disposable;
}

const highestLayer = 2;

/** As Janus has it, in microseconds. */
const usualFallback = 250_000;

/**
 * An m-line with audio or video. Its subscription is kept as long as the m-line, whatever flows on it: a number is sent
 * once under its SSRC.
 */
export class MediaSlot implements Slot, FeedListener {
  readonly mid: string;
  readonly type: 'audio' | 'video';
  readonly #mindex: number;
  readonly #parts: SlotParts;
  #taken: Taken | undefined;
  /** The codec that it had last, for offers while it is inactive. */
  #format: FeedStream['facts']['format'];
  #wish: SlotWish = {};
  #isReady = false;
  /** The codec of the stream that is negotiated on the m-line, also after that stream has ended. */
  #agreed: string | undefined;
  #subscription: Subscription | undefined;

  constructor(mindex: number, type: 'audio' | 'video', parts: SlotParts) {
    this.#mindex = mindex;
    this.mid = String(mindex);
    this.type = type;
    this.#parts = parts;
  }

  get streams(): readonly FeedStream[] {
    return this.#taken === undefined ? [] : [this.#taken.stream];
  }

  accepts({ type }: FeedStream): boolean {
    return type === this.type && this.#taken === undefined;
  }

  take(stream: FeedStream, wish: SlotWish): void {
    this.#wish = wish;
    this.#isReady = false;
    this.#listen(stream);
  }

  drop(stream?: FeedStream): void {
    if (this.#taken === undefined || (stream !== undefined && this.#taken.stream !== stream)) return;
    this.#taken.tie[Symbol.dispose]();
    this.#taken = undefined;
    this.#isReady = false;
    this.#subscription?.release();
  }

  /**
   * Moves to another stream of the same codec, without a negotiation, also from one that has ended meanwhile; false if the
   * codec is another.
   */
  switchTo(stream: FeedStream): boolean {
    const codec = this.#taken === undefined ? this.#agreed : this.#taken.stream.facts.codec;
    if (stream.type !== this.type || stream.facts.codec !== codec) return false;
    if (this.#taken === undefined) this.#isReady = this.#subscription !== undefined;
    this.#taken?.tie[Symbol.dispose]();
    this.#listen(stream);
    if (this.#isReady) this.#subscription?.switchTo(this.#sourceOf(stream));
    this.refresh();
    return true;
  }

  configure(wish: SlotWish): void {
    const changed = Object.entries(wish).filter(([, value]) => value !== undefined);
    this.#wish = { ...this.#wish, ...Object.fromEntries(changed) };
    this.refresh();
  }

  negotiated(): void {
    const stream = this.#taken?.stream;
    this.#agreed = stream?.facts.codec;
    if (stream === undefined || this.#isReady) return;
    const source = this.#sourceOf(stream);
    if (this.#subscription === undefined) this.#subscription = this.#subscribe(source);
    else this.#subscription.switchTo(source);
    this.#isReady = this.#subscription !== undefined;
    this.refresh();
  }

  refresh(): void {
    const subscription = this.#subscription;
    if (subscription === undefined || !this.#isReady) return;
    const { substream = highestLayer, temporal = highestLayer, fallback = usualFallback } = this.#wish;
    subscription.target = { substream, temporal, fallbackMs: fallback / 1000 };
    const isWanted = this.#wish.send !== false && !this.#parts.isPaused();
    subscription.setPaused(!isWanted || this.#taken?.stream.isFlowing !== true);
  }

  plan(): StreamPlan {
    const { name, parameters } = this.#format ?? { name: '', parameters: '' };
    const direction = this.#taken !== undefined ? 'sendonly' : 'inactive';
    return { mid: this.mid, kind: this.type, direction, codecs: [name], fmtp: { [name]: parameters } };
  }

  describe(): object {
    const place = { type: this.type, active: this.#taken !== undefined, mindex: this.#mindex, mid: this.mid };
    const stream = this.#taken?.stream;
    if (stream === undefined) return { ...place, ready: false, send: true };
    const { crossrefid, send = true } = this.#wish;
    const { display } = stream.feed;
    return {
      ...place,
      ...(crossrefid !== undefined && { crossrefid }),
      ready: this.#isReady,
      send,
      feed_id: stream.feed.id,
      ...(display !== undefined && { feed_display: display }),
      feed_mid: stream.mid,
      ...(stream.description !== undefined && { feed_description: stream.description }),
      codec: stream.facts.codec,
      ...this.#profile(),
      ...this.#delays(),
      ...(stream.facts.isSimulcast && { simulcast: this.#layers() }),
    };
  }

  streamChanged(): void {
    this.refresh();
  }

  streamEnded(stream: FeedStream): void {
    this.drop(stream);
    this.#parts.onEnded();
  }

  channelOpened(): void {
    // It carries no data.
  }

  channelClosed(): void {
    // It carries no data.
  }

  dataArrived(): void {
    // It carries no data.
  }

  [Symbol.dispose](): void {
    this.drop();
    this.#subscription?.[Symbol.dispose]();
    this.#subscription = undefined;
  }

  #listen(stream: FeedStream): void {
    this.#taken = { stream, tie: stream.listen(this) };
    this.#format = stream.facts.format;
  }

  #sourceOf(stream: FeedStream): { readonly publisher: string; readonly mid: string } {
    return { publisher: stream.feed.name, mid: stream.mid };
  }

  /** Undefined if the client refused the m-line. */
  #subscribe(source: { readonly publisher: string; readonly mid: string }): Subscription | undefined {
    const { handle, router } = this.#parts;
    const onLayers = (layers: ForwardedLayers): void => {
      if (this.#taken?.stream.facts.isSimulcast === true) this.#parts.onLayers(this.mid, layers);
    };
    try {
      return router.subscribe(source, handle.sender(this.mid), onLayers);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      return undefined;
    }
  }

  #profile(): object {
    const { name, parameters = '' } = this.#format ?? {};
    const value = (key: string): string | undefined =>
      new RegExp(`${key}=([A-Za-z0-9]+)`).exec(parameters)?.[1];
    const h264 = name === 'H264' ? value('profile-level-id') : undefined;
    const vp9 = name === 'VP9' ? value('profile-id') : undefined;
    return {
      ...(h264 !== undefined && { 'h264-profile': h264 }),
      ...(vp9 !== undefined && { 'vp9-profile': vp9 }),
    };
  }

  #delays(): object {
    const { min_delay, max_delay } = this.#wish;
    if (min_delay === undefined || max_delay === undefined) return {};
    return { 'playout-delay': { 'min-delay': min_delay, 'max-delay': max_delay } };
  }

  #layers(): object {
    const { substream = -1, temporal = -1 } = this.#subscription?.layers ?? {};
    const { fallback } = this.#wish;
    return {
      substream,
      'substream-target': this.#wish.substream ?? highestLayer,
      'temporal-layer': temporal,
      'temporal-layer-target': this.#wish.temporal ?? highestLayer,
      ...(fallback !== undefined && { fallback }),
    };
  }
}
