import type { Encoding, ForwardedLayers, MediaRouter, OfferedStream, RtpSink } from '#janus/media';
import { MediaRelay } from '../shared/media-relay.ts';
import { HeldData } from './held-data.ts';
import type { Party } from './party.ts';

/** Labels that are known of one side: as many as channels it may have open, and some that it closed. */
const mostLabels = 256;

/** What goes from one side of a call to the other: its media and its data channel messages. */
export class CallFlow implements Disposable {
  readonly #from: Party;
  readonly #to: Party;
  readonly #relay: MediaRelay;
  readonly #held = new HeldData();
  /** Labels of the channels that the other side has opened. */
  readonly #ready = new Set<string>();
  /** As the events of simulcast name it. */
  videoCodec: string | undefined;

  constructor(from: Party, to: Party, router: MediaRouter) {
    this.#from = from;
    this.#to = to;
    const publisher = `videocall/${from.handle.sessionId}/${from.handle.handleId}`;
    this.#relay = new MediaRelay({ publisher, from: from.handle, to: to.handle }, router, (change) =>
      to.tell({ event: 'simulcast', videocodec: this.videoCodec, ...change }),
    );
  }

  /** Where the packets of one encoding go. */
  open(mid: string, encoding: Encoding): RtpSink {
    return this.#relay.open(mid, encoding);
  }

  /** Follows what was negotiated with the side that receives, directions as we see them. */
  follow(streams: readonly Pick<OfferedStream, 'mid' | 'kind' | 'direction'>[]): void {
    this.#relay.follow(streams);
    this.apply();
  }

  /** Follows what either side set: mutes of who sends, layers of who receives. */
  apply(): void {
    this.#relay.setFlowing(this.#from.settings);
    const { substream, temporal, fallback } = this.#to.settings;
    this.#relay.target = { substream, temporal, fallbackMs: fallback / 1000 };
  }

  /** Passes a message on, or keeps it until the other side has such a channel. */
  incomingData(label: string, payload: string | Buffer): void {
    if (!this.#from.settings.data) return;
    if (this.#ready.has(label)) this.#to.handle.relayData(label, payload);
    else this.#held.hold(label, payload);
  }

  /** The other side opened the channel. */
  release(label: string): void {
    if (this.#ready.size < mostLabels) this.#ready.add(label);
    for (const { payload } of this.#held.take(label)) this.#to.handle.relayData(label, payload);
  }

  kindOf(mid: string): 'audio' | 'video' | undefined {
    return this.#relay.kindOf(mid);
  }

  layersOf(mid: string): ForwardedLayers | undefined {
    return this.#relay.layersOf(mid);
  }

  /** For the Admin API. */
  query(): object {
    return { ...this.#relay.layers, data_dropped: this.#held.dropped };
  }

  [Symbol.dispose](): void {
    this.#relay[Symbol.dispose]();
    this.#held.clear();
    this.#ready.clear();
  }
}
