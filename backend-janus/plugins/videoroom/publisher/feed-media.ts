import type { HandlePort } from '#janus/gateway';
import type { Encoding, MediaRouter, RtpSink, Source } from '#janus/media';
import type { Clock } from '#services/kernel';
import type { Feed } from '../rules/feed.ts';

/** What Janus tells a peer whose limit is lifted, in bit/s. */
const unlimited = 10_000_000;

/** The media of one publisher on its way in: its encodings in the router, keyframes and limits. */
export class FeedMedia implements Disposable {
  readonly #handle: HandlePort;
  readonly #router: MediaRouter;
  readonly #clock: Clock;
  readonly #feed: Feed;
  /** By mid, and by layer; 0 without simulcast. */
  readonly #sources = new Map<string, Map<number, Source>>();
  #isLimited = false;
  #timer: Disposable | undefined;

  constructor(handle: HandlePort, router: MediaRouter, clock: Clock, feed: Feed) {
    this.#handle = handle;
    this.#router = router;
    this.#clock = clock;
    this.#feed = feed;
  }

  /** Where the packets of one encoding go; a new one takes the place of the one before. */
  open(mid: string, { parameters, rid, layer }: Encoding): RtpSink {
    const id = { publisher: this.#feed.name, mid, ...(layer !== undefined && { layer }) };
    const source = this.#router.publish(id, parameters, () => this.#handle.sendPli(mid, rid));
    const layers = this.#sources.get(mid) ?? new Map<number, Source>();
    this.#sources.set(mid, layers.set(layer ?? 0, source));
    return source;
  }

  /** Ends what comes on m-lines that are published no more. */
  follow(): void {
    const live = new Set(this.#feed.live.map(({ mid }) => mid));
    for (const mid of [...this.#sources.keys()]) if (!live.has(mid)) this.#end(mid);
  }

  /** In bit/s; 0 lifts the limit. */
  limit(bitsPerSecond: number): void {
    if (bitsPerSecond === 0 && !this.#isLimited) return;
    this.#isLimited = bitsPerSecond !== 0;
    this.#handle.limitBitrate(bitsPerSecond === 0 ? unlimited : bitsPerSecond);
  }

  /** Asks for a keyframe of each video stream, all its layers, or of the one that `mid` names. */
  askForKeyframes(mid?: string): void {
    for (const stream of this.#feed.live)
      if (stream.type === 'video' && (mid === undefined || mid === stream.mid))
        this.#handle.sendPli(stream.mid);
  }

  /** Asks for keyframes every `seconds()` from now on; never if that is 0. */
  askRegularly(seconds: () => number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (seconds() === 0) return;
    this.#timer = this.#clock.at(this.#clock.now() + seconds() * 1000, () => {
      this.askForKeyframes();
      this.askRegularly(seconds);
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const mid of [...this.#sources.keys()]) this.#end(mid);
  }

  #end(mid: string): void {
    for (const source of this.#sources.get(mid)?.values() ?? []) source[Symbol.dispose]();
    this.#sources.delete(mid);
  }
}
