import type { ChannelReliability, StreamPlan } from '#janus/media';
import type { FeedListener, FeedStream } from '../rules/feed.ts';
import type { Slot, SlotParts, SlotWish } from './slot.ts';

/** Publishers whose messages may come on one m-line. */
const mostSources = 64;

/** The one m-line with data channels: what all its publishers say comes on it. */
export class DataSlot implements Slot, FeedListener {
  readonly mid: string;
  readonly type = 'data';
  readonly #mindex: number;
  readonly #parts: SlotParts;
  readonly #sources = new Map<FeedStream, Disposable>();
  #isSent = true;
  #isReady = false;

  constructor(mindex: number, parts: SlotParts) {
    this.#mindex = mindex;
    this.mid = String(mindex);
    this.#parts = parts;
  }

  get streams(): readonly FeedStream[] {
    return [...this.#sources.keys()];
  }

  accepts({ type }: FeedStream): boolean {
    return type === 'data' && this.#sources.size < mostSources;
  }

  take(stream: FeedStream, wish: SlotWish): void {
    this.#sources.set(stream, stream.listen(this));
    this.configure(wish);
    if (this.#isReady) this.#openChannels(stream);
  }

  drop(stream?: FeedStream): void {
    for (const [source, tie] of [...this.#sources]) {
      if (stream !== undefined && stream !== source) continue;
      tie[Symbol.dispose]();
      this.#sources.delete(source);
      for (const label of source.channels.keys()) this.channelClosed(label);
    }
  }

  configure({ send }: SlotWish): void {
    this.#isSent = send ?? this.#isSent;
  }

  negotiated(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    for (const stream of this.#sources.keys()) this.#openChannels(stream);
  }

  refresh(): void {
    // Whether messages go out is looked up with each of them.
  }

  plan(): StreamPlan {
    return { mid: this.mid, kind: 'data', direction: 'sendrecv', codecs: [] };
  }

  describe(): object {
    const isActive = this.#sources.size > 0;
    const place = { type: this.type, active: isActive, mindex: this.#mindex, mid: this.mid };
    const state = { ready: isActive && this.#isReady, send: this.#isSent };
    if (!isActive) return { ...place, ...state };
    const ids = [...this.#sources.keys()].map(({ feed }) => feed.id);
    return { ...place, ...state, sources: ids.length, source_ids: ids };
  }

  streamChanged(): void {
    // A muted stream tells nothing.
  }

  streamEnded(stream: FeedStream): void {
    this.drop(stream);
    this.#parts.onEnded();
  }

  channelOpened(label: string, reliability: ChannelReliability): void {
    if (this.#isReady) this.#parts.handle.openChannel(label, reliability);
  }

  /** Several publishers may speak on one. */
  channelClosed(label: string): void {
    const isUsed = [...this.#sources.keys()].some(({ channels }) => channels.has(label));
    if (!isUsed) this.#parts.handle.closeChannel(label, { isOursOnly: true });
  }

  dataArrived(label: string, payload: string | Buffer): void {
    if (this.#isReady && this.#isSent && !this.#parts.isPaused())
      this.#parts.handle.relayData(label, payload);
  }

  [Symbol.dispose](): void {
    this.drop();
    this.#isReady = false;
  }

  #openChannels({ channels }: FeedStream): void {
    for (const [label, reliability] of channels) this.#parts.handle.openChannel(label, reliability);
  }
}
