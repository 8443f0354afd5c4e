import type { Clock } from '#services/kernel';
import type { ReceiveParameters, RtpSender, RtpSink } from '../rtp-sink.ts';
import type { ForwardedLayers } from './forwarder.ts';
import { PublishedStream } from './published-stream.ts';
import { PublisherClock } from './publisher-clock.ts';
import { Source, type SourceId } from './source.ts';
import { ForwardingSubscription, Tap, type Subscription } from './subscription.ts';

/** One publisher: its clock, and its streams by mid. */
interface Publisher {
  readonly clock: PublisherClock;
  readonly streams: Map<string, PublishedStream>;
}

/**
 * Forwards each publisher stream to its subscribers, rewriting per subscriber.
 *
 * Who subscribes or taps may come before the source, and outlives it: a source that is published again under the same
 * id is followed again.
 */
export class MediaRouter {
  readonly #clock: Clock;
  readonly #publishers = new Map<string, Publisher>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sources and waiters that are not disposed; zero when nothing leaks. */
  get size(): number {
    let size = 0;
    for (const { streams } of this.#publishers.values())
      for (const stream of streams.values()) size += stream.size;
    return size;
  }

  /**
   * Registers a source, in the place of one with the same id, which ends. `requestKeyframe` is called at most twice
   * per second. Disposing ends it for its subscribers.
   */
  publish(id: SourceId, parameters: ReceiveParameters, requestKeyframe: () => void): Source {
    const stream = this.#stream(id);
    const source = new Source(id, parameters, requestKeyframe, stream, this.#clock.now());
    stream.add(source);
    return source;
  }

  /**
   * Forwards a stream to a peer, from its next keyframe on if it is video: one of its layers, or the one that `id`
   * names. Listens to the sender's feedback itself: losses are sent again from the source's cache, keyframe requests
   * go to the publisher, bandwidth chooses among the layers. `onLayers` is told when other layers go out than before.
   */
  subscribe(
    id: SourceId,
    sender: RtpSender,
    onLayers: (layers: ForwardedLayers) => void = ignoreLayers,
  ): Subscription {
    return new ForwardingSubscription(id, sender, this.#join, this.#clock, onLayers);
  }

  /** Copies a source as it arrives: recordings, plain RTP. Disposing ends it. */
  tap(id: SourceId, sink: RtpSink): Disposable {
    return new Tap(id, sink, this.#join);
  }

  readonly #join = (id: SourceId, waiter: Parameters<PublishedStream['join']>[0]): Disposable =>
    this.#stream(id).join(waiter);

  #stream({ publisher: name, mid }: SourceId): PublishedStream {
    const publisher = this.#publishers.get(name) ?? this.#open(name);
    const known = publisher.streams.get(mid);
    if (known !== undefined) return known;
    const stream = new PublishedStream(publisher.clock, () => this.#forget(name, mid, stream));
    publisher.streams.set(mid, stream);
    return stream;
  }

  #open(name: string): Publisher {
    const clock = new PublisherClock(() => this.#clock.wallTime());
    const publisher = { clock, streams: new Map<string, PublishedStream>() };
    this.#publishers.set(name, publisher);
    return publisher;
  }

  #forget(name: string, mid: string, stream: PublishedStream): void {
    const publisher = this.#publishers.get(name);
    if (publisher?.streams.get(mid) !== stream) return;
    publisher.streams.delete(mid);
    if (publisher.streams.size === 0) this.#publishers.delete(name);
  }
}

function ignoreLayers(): void {
  // Most subscribers only watch.
}
