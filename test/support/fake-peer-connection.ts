import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  type ChannelReliability,
  type CloseOptions,
  type IceCandidate,
  type LocalTransport,
  type NegotiatedOffer,
  type ClosedReason,
  type NegotiatedSession,
  type OfferOptions,
  type PeerConnection,
  type PeerConnectionEvent,
  type PeerConnectionFactory,
  type PeerConnectionOptions,
  type PeerConnectionStats,
  type StreamStats,
  type RtpSender,
  type StreamPlan,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import { FakeInbound, noStats } from './fake-inbound.ts';
import { FakeRtpSender } from './fake-rtp-sender.ts';
import { fakeTransport } from './fake-transport.ts';

/** The far end of a fake connection: what it gets, and the data channels that it has opened. */
export interface FakeFarEnd {
  /** As its descriptions name it; absent: whoever is expected. */
  readonly iceUfrag?: string;
  readonly openChannels: ReadonlySet<string>;
  takeData(label: string, payload: string | Buffer): void;
  /** A channel was opened to it, or closed. */
  channelOpened?(label: string, reliability: ChannelReliability): void;
  channelClosed?(label: string): void;
  /** The connection is gone. */
  closed(): void;
}

/** As the port says. */
const mostHeld = { messages: 64, bytes: 256 * 1024 };

type State =
  | { readonly name: 'new' }
  | { readonly name: 'offering'; readonly offer: NegotiatedOffer; readonly before?: NegotiatedSession }
  | { readonly name: 'stable'; readonly session: NegotiatedSession }
  | { readonly name: 'closed' };

/** Where a fake far end is said to be. */
const fakePath = {
  local: { address: '127.0.0.1', port: 10_000 },
  remote: { address: '127.0.0.2', port: 50_000 },
};

/** A connection whose far end is a FakePeer: it negotiates as the real one does, and packets take no time. */
export class FakePeerConnection implements PeerConnection {
  readonly options: PeerConnectionOptions;
  readonly candidates: (IceCandidate | undefined)[] = [];
  /** As `mid` or `mid/rid`. */
  readonly keyframeRequests: string[] = [];
  bitrateLimit: number | undefined;
  /** Data channels that were opened from this side, or are to be. */
  readonly ownChannels = new Map<string, ChannelReliability>();
  readonly #held: { readonly label: string; readonly payload: string | Buffer }[] = [];
  readonly #closedLabels = new Set<string>();
  /** While set, disposing waits for it. */
  release: Promise<void> = Promise.resolve();
  readonly #clock: Clock;
  #local: LocalTransport;
  readonly #ufrags = new Set<string>();
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #senders = new Map<string, FakeRtpSender>();
  readonly #inbound: FakeInbound;
  #state: State = { name: 'new' };
  #descriptions = 0;
  #farEnd: FakeFarEnd | undefined;
  /** Those that took our offer before we know whose answer we take. */
  readonly #candidates: FakeFarEnd[] = [];
  #wasConnected = false;
  /** The connect timeout, or those of a silence. */
  #timers: Disposable[] = [];

  constructor(options: PeerConnectionOptions, clock: Clock, onEvent: (event: PeerConnectionEvent) => void) {
    this.options = options;
    this.#clock = clock;
    this.#local = fakeTransport(options.id);
    this.#ufrags.add(this.#local.iceUfrag);
    this.#onEvent = onEvent;
    this.#inbound = new FakeInbound(clock, (mid, isFlowing) => this.#emit({ type: 'media', mid, isFlowing }));
  }

  /** True if that names it in one of its descriptions. */
  isNamed(iceUfrag: string): boolean {
    return this.#ufrags.has(iceUfrag);
  }

  get isClosed(): boolean {
    return this.#state.name === 'closed';
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
  async offer(streams: readonly StreamPlan[], { restartsIce = false }: OfferOptions = {}): Promise<string> {
    this.#open();
    const before = this.#session;
    if (restartsIce) this.#local = { ...this.#local, iceUfrag: `${this.#local.iceUfrag}again` };
    this.#ufrags.add(this.#local.iceUfrag);
    const offer = negotiateOffer(streams, this.#nextLocal(), before?.media);
    this.#state = { name: 'offering', offer, ...(before && { before }) };
    return offer.sdp;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
  async answer(offerSdp: string, streams: readonly StreamPlan[]): Promise<string> {
    if (this.#open().name === 'offering') throw new NegotiationError('our own offer waits for its answer');
    const session = negotiateAnswer(parseSdp(offerSdp), streams, this.#nextLocal());
    this.#agree(session);
    return session.sdp;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
  async acceptAnswer(sdp: string): Promise<void> {
    const state = this.#open();
    if (state.name !== 'offering') throw new NegotiationError('there is no offer of ours to answer');
    this.#agree(acceptAnswer(state.offer, sdp));
  }

  addCandidate(candidate: IceCandidate | undefined): void {
    this.candidates.push(candidate);
  }

  receive(mid: string, open: Parameters<PeerConnection['receive']>[1]): Disposable {
    return this.#inbound.attach(mid, open);
  }

  sender(mid: string): RtpSender {
    const sender = this.#sends(mid) ? this.#senders.get(mid) : undefined;
    if (sender === undefined) throw new RangeError(`mid ${mid} does not send`);
    return sender;
  }

  sendData(label: string, payload: string | Buffer): boolean {
    if (this.#closedLabels.has(label) || !this.openChannel(label)) return false;
    if (this.#farEnd !== undefined) {
      this.#farEnd.takeData(label, payload);
      return true;
    }
    const bytes = this.#held.reduce((sum, held) => sum + Buffer.byteLength(held.payload), 0);
    const hasRoom = bytes + Buffer.byteLength(payload) <= mostHeld.bytes;
    return hasRoom && this.#held.length < mostHeld.messages && this.#held.push({ label, payload }) > 0;
  }

  openChannel(label: string, reliability: ChannelReliability = { isOrdered: true }): boolean {
    if (!this.#hasData) return false;
    if (this.#farEnd?.openChannels.has(label) === true || this.ownChannels.has(label)) return true;
    this.#closedLabels.delete(label);
    this.ownChannels.set(label, reliability);
    this.#farEnd?.channelOpened?.(label, reliability);
    return true;
  }

  closeChannel(label: string, { isOursOnly = false }: CloseOptions = {}): void {
    const isTheirs = !isOursOnly && this.#farEnd?.openChannels.has(label) === true;
    if (this.ownChannels.delete(label) || isTheirs) this.#farEnd?.channelClosed?.(label);
  }

  requestKeyframe(mid: string, rid?: string): void {
    this.keyframeRequests.push(rid === undefined ? mid : `${mid}/${rid}`);
  }

  limitBitrate(bitsPerSecond: number): void {
    this.bitrateLimit = bitsPerSecond;
  }

  stats(): PeerConnectionStats {
    const refused = {
      unknown_address: 0,
      malformed: 0,
      unauthentic: 0,
      replayed: 0,
      unknown_stream: 0,
      rate: 0,
    };
    return {
      bytesReceived: this.#inbound.bytes,
      bytesSent: 0,
      packetsLost: 0,
      refused,
      roundTripMs: undefined,
      availableBitsPerSecond: undefined,
      bitrateLimit: this.bitrateLimit,
      path: this.#farEnd && { ...fakePath, protocol: 'udp' },
      streams: [...this.#inbound.streams, ...this.#sentStats()],
    };
  }

  #sentStats(): StreamStats[] {
    return (this.#session?.media ?? []).flatMap(({ mid, kind, send }): StreamStats[] => {
      if (send === undefined || (kind !== 'audio' && kind !== 'video')) return [];
      const packets = this.#senders.get(mid)?.count ?? 0;
      return [{ ...noStats, mid, kind, direction: 'out', ssrc: send.ssrc, codec: send.codec.name, packets }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close('local');
    await this.release;
  }

  /** The far end is there: DTLS is up, once its description was taken. */
  connect(farEnd: FakeFarEnd): void {
    if (this.#state.name === 'closed' || this.#farEnd !== undefined) return;
    const session = this.#session;
    if (session === undefined) return void this.#candidates.push(farEnd);
    if (farEnd.iceUfrag !== undefined && session.transport.iceUfrag !== farEnd.iceUfrag) return;
    this.#disarm();
    this.#farEnd = farEnd;
    if (!this.#wasConnected) this.#emit({ type: 'connected' });
    this.#wasConnected = true;
    if (!this.#hasData) return;
    for (const label of farEnd.openChannels) this.channelOpens(label);
    for (const [label, reliability] of this.ownChannels) farEnd.channelOpened?.(label, reliability);
    for (const { label, payload } of this.#held.splice(0)) farEnd.takeData(label, payload);
  }

  /** The far end is gone without a word. */
  fallSilent(): void {
    const { warnAfterMs, endAfterMs } = this.options.silence ?? { warnAfterMs: 8_500, endAfterMs: 30_000 };
    this.#arm(warnAfterMs, () => this.#emit({ type: 'silent' }));
    this.#arm(endAfterMs, () => this.#close('media_timeout'));
  }

  /** A packet of the far end arrives; false if nothing on `mid` takes it. */
  arrive(mid: string, bytes: Buffer): boolean {
    return this.#farEnd !== undefined && this.#inbound.arrive(mid, bytes);
  }

  /** The far end opens a data channel. */
  channelOpens(label: string, reliability: ChannelReliability = { isOrdered: true }): void {
    this.#closedLabels.delete(label);
    this.#emit({ type: 'channel', label, reliability });
  }

  /** The far end closes a data channel, whoever opened it. */
  channelCloses(label: string): void {
    this.ownChannels.delete(label);
    this.#closedLabels.add(label);
    this.#emit({ type: 'channel_closed', label });
  }

  dataArrives(label: string, payload: string | Buffer): void {
    this.#emit({ type: 'data', label, payload });
  }

  /** Packets were lost, as the test says. */
  slowDown(mid: string, isUplink: boolean, lostPackets: number): void {
    this.#emit({ type: 'slow_link', mid, isUplink, lostPackets });
  }

  /** The far end, or the way to it, is gone. */
  fail(reason: ClosedReason): void {
    this.#close(reason);
  }

  /** What was sent on `mid` so far. */
  sentOn(mid: string): FakeRtpSender | undefined {
    return this.#senders.get(mid);
  }

  #open(): Exclude<State, { readonly name: 'closed' }> {
    if (this.#state.name === 'closed') throw new NegotiationError('the peer connection is closed');
    return this.#state;
  }

  #nextLocal(): LocalTransport {
    this.#descriptions += 1;
    return { ...this.#local, origin: { ...this.#local.origin, version: this.#descriptions } };
  }

  /** What was agreed last. */
  get #session(): NegotiatedSession | undefined {
    if (this.#state.name === 'closed' || this.#state.name === 'new') return undefined;
    return this.#state.name === 'stable' ? this.#state.session : this.#state.before;
  }

  get #hasData(): boolean {
    return this.#session?.media.some(({ sctp }) => sctp !== undefined) === true;
  }

  #sends(mid: string): boolean {
    return this.#session?.media.some((media) => media.mid === mid && media.send !== undefined) === true;
  }

  #agree(session: NegotiatedSession): void {
    const before = this.#session;
    this.#state = { name: 'stable', session };
    if (before !== undefined && fingerprintOf(before) !== fingerprintOf(session)) {
      this.#farEnd = undefined;
      this.#inbound.forgetStreams();
    }
    for (const mid of this.#inbound.drop(session)) {
      this.#senders.delete(mid);
      this.#emit({ type: 'stream_ended', mid });
    }
    for (const { mid, send } of session.media) {
      if (send !== undefined && !this.#senders.has(mid)) this.#senders.set(mid, new FakeRtpSender(send));
    }
    for (const { mid, kind } of this.#inbound.agree(session)) this.#emit({ type: 'stream', mid, kind });
    if (this.#farEnd !== undefined) return;
    this.#disarm();
    for (const farEnd of this.#candidates.splice(0)) queueMicrotask(() => this.connect(farEnd));
    this.#arm(this.options.connectTimeoutMs, () => this.#close('ice_failed'));
  }

  #arm(ms: number, fire: () => void): void {
    this.#timers.push(this.#clock.at(this.#clock.now() + ms, fire));
  }

  #disarm(): void {
    for (const timer of this.#timers.splice(0)) timer[Symbol.dispose]();
  }

  #close(reason: ClosedReason): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed' };
    this.#onEvent({ type: 'closed', reason });
    this.#disarm();
    this.#inbound[Symbol.dispose]();
    this.#senders.clear();
    this.#farEnd?.closed();
    this.#farEnd = undefined;
  }

  #emit(event: PeerConnectionEvent): void {
    if (this.#state.name !== 'closed') this.#onEvent(event);
  }
}

/** Makes fake connections, and finds them by the name in their descriptions. */
export class FakePeerConnectionFactory implements PeerConnectionFactory {
  readonly made: FakePeerConnection[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(options: PeerConnectionOptions, onEvent: (event: PeerConnectionEvent) => void): FakePeerConnection {
    const peer = new FakePeerConnection(options, this.#clock, onEvent);
    this.made.push(peer);
    return peer;
  }

  /** The connection that made a description; undefined if it is closed. */
  find(iceUfrag: string): FakePeerConnection | undefined {
    return this.made.find((peer) => peer.isNamed(iceUfrag) && !peer.isClosed);
  }

  /** Connections that are not closed; zero when nothing leaks. */
  get open(): number {
    return this.made.filter((peer) => !peer.isClosed).length;
  }
}

function fingerprintOf({ transport }: NegotiatedSession): string | undefined {
  return transport.fingerprints[0]?.value;
}
