import type {
  ChannelReliability,
  Encoding,
  ForwardedLayers,
  MediaRouter,
  OfferedStream,
  RtpSink,
} from '#janus/media';
import { MediaRelay } from '../shared/media-relay.ts';
import type { Party } from './party.ts';

/** What goes from one side of a call to the other: its media and its data channel messages. */
export class CallFlow implements Disposable {
  readonly #from: Party;
  readonly #to: Party;
  readonly #relay: MediaRelay;
  #dataDropped = 0;
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

  /** Passes a message on; what the other side's connection has no room for is counted. */
  incomingData(label: string, payload: string | Buffer): void {
    if (!this.#from.settings.data) return;
    if (!this.#to.handle.relayData(label, payload)) this.#dataDropped += 1;
  }

  /** The channel is there: so it is for the other side. */
  dataReady(label: string, reliability: ChannelReliability): void {
    this.#to.handle.openChannel(label, reliability);
  }

  /** The channel is closed: so it is for the other side. */
  dataEnded(label: string): void {
    this.#to.handle.closeChannel(label);
  }

  kindOf(mid: string): 'audio' | 'video' | undefined {
    return this.#relay.kindOf(mid);
  }

  layersOf(mid: string): ForwardedLayers | undefined {
    return this.#relay.layersOf(mid);
  }

  /** For the Admin API. */
  query(): object {
    return { ...this.#relay.layers, data_dropped: this.#dataDropped };
  }

  [Symbol.dispose](): void {
    this.#relay[Symbol.dispose]();
  }
}
