import type { ChannelReliability } from '#janus/media';

/** Data channels of a publisher that subscribers get without a message on them. */
const mostChannels = 64;

/** Who gets a stream, or several. */
export interface FeedListener {
  /** A stream that it gets is muted, or no longer; or is called something else. */
  streamChanged(stream: FeedStream): void;
  /** A stream that it gets is no more. */
  streamEnded(stream: FeedStream): void;
  /** A data channel of a stream that it gets was opened, or closed. */
  channelOpened(label: string, reliability: ChannelReliability): void;
  channelClosed(label: string): void;
  /** A message on a data channel of a stream that it gets. */
  dataArrived(label: string, payload: string | Buffer): void;
}

/** What was negotiated for a stream. */
export interface StreamFacts {
  readonly mid: string;
  /** Its place among the m-lines of the publisher. */
  readonly mindex: number;
  readonly type: 'audio' | 'video' | 'data';
  /** In lower case; undefined for data. */
  readonly codec?: string;
  /** As `a=rtpmap` spells it, and its format parameters as in `a=fmtp`. */
  readonly format?: { readonly name: string; readonly parameters: string };
  readonly isSimulcast: boolean;
  /** The m-line was refused, or is not sent on. */
  readonly isDisabled: boolean;
}

/** One stream that a participant publishes. */
export class FeedStream {
  /** Of the feed that it belongs to. */
  readonly feed: Feed;
  facts: StreamFacts;
  description: string | undefined;
  readonly #listeners = new Set<FeedListener>();
  readonly #channels = new Map<string, ChannelReliability>();
  #isSent = true;
  #isModerated = false;

  constructor(feed: Feed, facts: StreamFacts) {
    this.feed = feed;
    this.facts = facts;
  }

  get mid(): string {
    return this.facts.mid;
  }

  get type(): StreamFacts['type'] {
    return this.facts.type;
  }

  /** Neither the publisher nor a moderator has muted it. */
  get isFlowing(): boolean {
    return this.#isSent && !this.#isModerated;
  }

  get isModerated(): boolean {
    return this.#isModerated;
  }

  get listeners(): ReadonlySet<FeedListener> {
    return this.#listeners;
  }

  /** The data channels that the publisher has open, by label. */
  get channels(): ReadonlyMap<string, ChannelReliability> {
    return this.#channels;
  }

  /** As the publisher wants. */
  setSent(isSent: boolean): void {
    this.#change(() => (this.#isSent = isSent));
  }

  /** As a moderator wants. */
  setModerated(isModerated: boolean): void {
    this.#change(() => (this.#isModerated = isModerated));
  }

  /** Tells `listener` from now on. */
  listen(listener: FeedListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The publisher opened a data channel. */
  channelOpened(label: string, reliability: ChannelReliability): void {
    if (this.#channels.size >= mostChannels && !this.#channels.has(label)) return;
    this.#channels.set(label, reliability);
    for (const listener of this.#listeners) listener.channelOpened(label, reliability);
  }

  /** The publisher closed it. */
  channelClosed(label: string): void {
    if (!this.#channels.delete(label)) return;
    for (const listener of this.#listeners) listener.channelClosed(label);
  }

  /** A message came on a data channel of the publisher. */
  dataArrived(label: string, payload: string | Buffer): void {
    if (!this.isFlowing) return;
    for (const listener of this.#listeners) listener.dataArrived(label, payload);
  }

  /** It is no more. */
  end(): void {
    for (const listener of [...this.#listeners]) listener.streamEnded(this);
    this.#listeners.clear();
  }

  #change(change: () => void): void {
    const before = this.isFlowing;
    change();
    if (before === this.isFlowing) return;
    for (const listener of [...this.#listeners]) listener.streamChanged(this);
  }
}

/** Everything that one participant publishes, from its first answer to its end. */
export class Feed {
  /** As the router knows the publisher; no other feed has had it. */
  readonly name: string;
  /** The participant's. */
  readonly id: number;
  /** The connection is up: others are told of the feed. */
  isUp = false;
  #display: string | undefined;
  #streams: readonly FeedStream[] = [];

  constructor(name: string, id: number, display: string | undefined) {
    this.name = name;
    this.id = id;
    this.#display = display;
  }

  get display(): string | undefined {
    return this.#display;
  }

  set display(display: string | undefined) {
    this.#display = display;
  }

  /** In the order of their m-lines. */
  get streams(): readonly FeedStream[] {
    return this.#streams;
  }

  /** Those that can be subscribed to. */
  get live(): readonly FeedStream[] {
    return this.#streams.filter(({ facts }) => !facts.isDisabled);
  }

  stream(mid: string): FeedStream | undefined {
    return this.#streams.find((stream) => stream.mid === mid);
  }

  /** Follows what was negotiated: streams that go on keep who gets them, those that are gone end. */
  negotiated(all: readonly StreamFacts[]): void {
    const before = this.#streams;
    this.#streams = all.map((facts) => {
      const known = before.find(({ mid, facts: its }) => mid === facts.mid && isSame(its, facts));
      if (known === undefined) return new FeedStream(this, facts);
      known.facts = facts;
      return known;
    });
    for (const stream of before) if (!this.#streams.includes(stream)) stream.end();
  }

  end(): void {
    this.isUp = false;
    const streams = this.#streams;
    this.#streams = [];
    for (const stream of streams) stream.end();
  }
}

/** Whether those who get a stream can go on with it after another negotiation. */
function isSame(before: StreamFacts, after: StreamFacts): boolean {
  const isLive = !before.isDisabled && !after.isDisabled;
  return isLive && before.type === after.type && before.codec === after.codec;
}
