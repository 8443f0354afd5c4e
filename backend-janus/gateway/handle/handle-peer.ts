import { NegotiationError } from '#janus/media';
import type {
  ChannelReliability,
  CloseOptions,
  Encoding,
  OfferOptions,
  PeerConnection,
  PeerConnectionStats,
  RtpSender,
  RtpSink,
  StreamPlan,
} from '#janus/media';
import type { JanusTrickle, Jsep } from '#janus/protocol';
import type { HandleInput, HandleStream } from './messages.ts';
import type { OpenPeer, PeerTable } from './peer-table.ts';

/** What surrounds the peer connection of a handle. */
export interface PeerSurroundings {
  readonly peers: PeerTable;
  /** Tells the rules of the handle. */
  post(input: HandleInput): void;
  /** Where the packets of an encoding go. */
  open(mid: string, encoding: Encoding): RtpSink;
}

/** The one peer connection that a handle may have: made by its first description, forgotten when released. */
export class HandlePeer {
  readonly #name: string;
  readonly #surroundings: PeerSurroundings;
  readonly #receivers = new Map<string, Disposable>();
  #opened: OpenPeer | undefined;
  /** Of our last offer. */
  #offered: readonly StreamPlan[] = [];
  #made = 0;
  #hasNegotiated = false;

  /** `name` is unique on this node; a number is added for each connection. */
  constructor(name: string, surroundings: PeerSurroundings) {
    this.#name = name;
    this.#surroundings = surroundings;
  }

  answer(offer: Jsep, streams: readonly StreamPlan[]): Promise<Jsep> {
    return this.#negotiate(async (peer) => {
      const sdp = await peer.answer(offer.sdp, streams);
      return [{ type: 'answer', sdp }, () => this.#complete(streams)];
    });
  }

  offer(streams: readonly StreamPlan[], options?: OfferOptions): Promise<Jsep> {
    return this.#negotiate(async (peer) => {
      const sdp = await peer.offer(streams, options);
      this.#offered = streams;
      return [{ type: 'offer', sdp }, () => this.#surroundings.post({ type: 'offered' })];
    });
  }

  async acceptAnswer(answer: Jsep): Promise<void> {
    const peer = this.#peer;
    if (peer === undefined) throw new NegotiationError('there is no peer connection');
    await peer.acceptAnswer(answer.sdp);
    if (this.#peer !== peer) throw new NegotiationError('the peer connection was closed');
    // On those that receive the connection tells what comes.
    this.#complete(this.#offered.filter(({ direction }) => direction === 'sendonly'));
  }

  /** Throws RangeError if there is no such sender. */
  sender(mid: string): RtpSender {
    if (this.#peer === undefined) throw new RangeError('there is no peer connection');
    return this.#peer.sender(mid);
  }

  sendData(label: string, payload: string | Buffer): boolean {
    return this.#peer?.sendData(label, payload) ?? false;
  }

  openChannel(label: string, reliability?: ChannelReliability): boolean {
    return this.#peer?.openChannel(label, reliability) ?? false;
  }

  closeChannel(label: string, options?: CloseOptions): void {
    this.#peer?.closeChannel(label, options);
  }

  requestKeyframe(mid: string, rid?: string): void {
    this.#peer?.requestKeyframe(mid, rid);
  }

  limitBitrate(bitsPerSecond: number): void {
    this.#peer?.limitBitrate(bitsPerSecond);
  }

  addCandidate(candidate: JanusTrickle): void {
    this.#peer?.addCandidate('candidate' in candidate ? candidate : undefined);
  }

  /** Undefined without a connection. */
  stats(): PeerConnectionStats | undefined {
    return this.#peer?.stats();
  }

  /** Sends what arrives on `mid` to the plugin, from now on; once per m-line is enough. */
  listen(mid: string): void {
    if (this.#peer === undefined || this.#receivers.has(mid)) return;
    this.#receivers.set(
      mid,
      this.#peer.receive(mid, (encoding) => this.#surroundings.open(mid, encoding)),
    );
  }

  /** The m-line is gone; one of the same mid that comes later is listened to anew. */
  unlisten(mid: string): void {
    this.#receivers.get(mid)?.[Symbol.dispose]();
    this.#receivers.delete(mid);
  }

  /** Lets the connection go. `peer_released` is posted when it is gone. */
  release(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#hasNegotiated = false;
    for (const receiver of this.#receivers.values()) receiver[Symbol.dispose]();
    this.#receivers.clear();
    if (opened !== undefined) void this.#afterRelease(opened);
  }

  async #afterRelease(opened: OpenPeer): Promise<void> {
    await opened.release();
    this.#surroundings.post({ type: 'peer_released' });
  }

  /** Runs one step on the connection; if its first step fails it is of no use and goes. */
  async #negotiate(step: (peer: PeerConnection) => Promise<[Jsep, () => void]>): Promise<Jsep> {
    const peer = this.#peer ?? this.#make();
    try {
      const [jsep, done] = await step(peer);
      if (this.#peer !== peer) throw new NegotiationError('the peer connection was closed');
      this.#hasNegotiated = true;
      done();
      return jsep;
    } catch (cause) {
      if (this.#peer === peer && !this.#hasNegotiated) this.#surroundings.post({ type: 'peer_failed' });
      throw cause;
    }
  }

  #make(): PeerConnection {
    this.#made += 1;
    const made = this.#made;
    this.#surroundings.post({ type: 'peer_opened' });
    this.#opened = this.#surroundings.peers.open(`${this.#name}${made.toString(36)}`, (event) => {
      if (this.#made === made) this.#surroundings.post({ type: 'peer', event });
    });
    return this.#opened.connection;
  }

  get #peer(): PeerConnection | undefined {
    return this.#opened?.connection;
  }

  #complete(plans: readonly StreamPlan[]): void {
    this.#surroundings.post({ type: 'negotiated', streams: plans.flatMap(heard) });
  }
}

/** A planned stream on which packets may come or go. Those of our own first offer are told by the connection. */
function heard({ mid, kind, direction }: StreamPlan): HandleStream[] {
  if (mid === undefined || kind === 'data' || direction === 'inactive') return [];
  return [{ mid, kind, ...(direction === 'sendonly' && { arrives: false }) }];
}
