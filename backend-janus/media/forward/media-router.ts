import type { Clock } from '#services/kernel';
import type { ReceiveParameters, RtpSender, RtpSink } from '../rtp-sink.ts';
import { Source, type SourceId } from './source.ts';
import { ForwardingSubscription, Tap, type SourceWaiter, type Subscription } from './subscription.ts';

/**
 * Forwards each publisher stream to its subscribers, rewriting per subscriber.
 *
 * Who subscribes or taps may come before the source, and outlives it: a source that is published again under the same
 * id is followed again. Known limit: layers are not chosen by bandwidth.
 */
export class MediaRouter {
  readonly #clock: Clock;
  readonly #sources = new Map<string, Source>();
  readonly #waiters = new Map<string, ReadonlySet<SourceWaiter>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sources and waiters that are not disposed; zero when nothing leaks. */
  get size(): number {
    let waiters = 0;
    for (const waiting of this.#waiters.values()) waiters += waiting.size;
    return this.#sources.size + waiters;
  }

  /**
   * Registers a source, in the place of one with the same id, which ends. `requestKeyframe` is called at most twice
   * per second. Disposing ends it for its subscribers.
   */
  publish(id: SourceId, parameters: ReceiveParameters, requestKeyframe: () => void): Source {
    const key = keyOf(id);
    this.#sources.get(key)?.[Symbol.dispose]();
    const source = new Source(id, parameters, requestKeyframe, (ended) => this.#forget(key, ended));
    this.#sources.set(key, source);
    for (const waiter of this.#waiters.get(key) ?? []) waiter.follow(source);
    return source;
  }

  /**
   * Forwards a source to a peer, from its next keyframe on if it is video. Listens to the sender's feedback itself:
   * losses are sent again from the source's cache, keyframe requests go to the publisher.
   */
  subscribe(id: SourceId, sender: RtpSender): Subscription {
    return new ForwardingSubscription(id, sender, this.#join, this.#clock);
  }

  /** Copies a source as it arrives: recordings, plain RTP. Disposing ends it. */
  tap(id: SourceId, sink: RtpSink): Disposable {
    return new Tap(id, sink, this.#join);
  }

  readonly #join = (id: SourceId, waiter: SourceWaiter): Disposable => {
    const key = keyOf(id);
    this.#waiters.set(key, new Set([...(this.#waiters.get(key) ?? []), waiter]));
    const source = this.#sources.get(key);
    if (source !== undefined) waiter.follow(source);
    return { [Symbol.dispose]: () => this.#leave(key, waiter) };
  };

  #leave(key: string, waiter: SourceWaiter): void {
    const others = [...(this.#waiters.get(key) ?? [])].filter((other) => other !== waiter);
    if (others.length === 0) this.#waiters.delete(key);
    else this.#waiters.set(key, new Set(others));
  }

  #forget(key: string, ended: Source): void {
    if (this.#sources.get(key) === ended) this.#sources.delete(key);
  }
}

function keyOf({ publisher, mid, rid }: SourceId): string {
  return JSON.stringify([publisher, mid, rid]);
}
