import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  type IceCandidate,
  type LocalTransport,
  type NegotiatedOffer,
  type NegotiatedSession,
  type PeerConnection,
  type PeerConnectionEvent,
  type PeerConnectionFactory,
  type PeerConnectionOptions,
  type PeerConnectionStats,
  type RtpSender,
  type StreamPlan,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import { FakeInbound } from './fake-inbound.ts';
import { FakeRtpSender } from './fake-rtp-sender.ts';
import { fakeTransport } from './fake-transport.ts';

/** The far end of a fake connection: what it gets, and the open data channels it has. */
export interface FakeFarEnd {
  readonly openChannels: ReadonlySet<string>;
  takeData(label: string, payload: string | Buffer): void;
  /** The connection is gone. */
  closed(): void;
}

type State =
  | { readonly name: 'new' }
  | { readonly name: 'offering'; readonly offer: NegotiatedOffer; readonly before?: NegotiatedSession }
  | { readonly name: 'stable'; readonly session: NegotiatedSession }
  | { readonly name: 'closed' };

/** A connection whose far end is a FakePeer: it negotiates as the real one does, and packets take no time. */
export class FakePeerConnection implements PeerConnection {
  readonly options: PeerConnectionOptions;
  readonly candidates: (IceCandidate | undefined)[] = [];
  /** As `mid` or `mid/rid`. */
  readonly keyframeRequests: string[] = [];
  bitrateLimit: number | undefined;
  /** While set, disposing waits for it. */
  release: Promise<void> = Promise.resolve();
  readonly #clock: Clock;
  readonly #local: LocalTransport;
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #senders = new Map<string, FakeRtpSender>();
  readonly #inbound: FakeInbound;
  #state: State = { name: 'new' };
  #descriptions = 0;
  #farEnd: FakeFarEnd | undefined;
  #connectTimer: Disposable | undefined;

  constructor(options: PeerConnectionOptions, clock: Clock, onEvent: (event: PeerConnectionEvent) => void) {
    this.options = options;
    this.#clock = clock;
    this.#local = fakeTransport(options.id);
    this.#onEvent = onEvent;
    this.#inbound = new FakeInbound(clock, (mid, isFlowing) => this.#emit({ type: 'media', mid, isFlowing }));
  }

  /** What names it in its descriptions. */
  get iceUfrag(): string {
    return this.#local.iceUfrag;
  }

  get isClosed(): boolean {
    return this.#state.name === 'closed';
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
  async offer(streams: readonly StreamPlan[]): Promise<string> {
    const state = this.#open();
    const offer = negotiateOffer(streams, this.#nextLocal());
    const before = 'session' in state ? state.session : undefined;
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
    const sender = this.#senders.get(mid);
    if (sender === undefined) throw new RangeError(`mid ${mid} does not send`);
    return sender;
  }

  sendData(label: string, payload: string | Buffer): boolean {
    if (this.#farEnd?.openChannels.has(label) !== true) return false;
    this.#farEnd.takeData(label, payload);
    return true;
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
      streams: [],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close('local');
    await this.release;
  }

  /** The far end is there: DTLS is up. */
  connect(farEnd: FakeFarEnd): void {
    if (this.#state.name === 'closed' || this.#farEnd !== undefined) return;
    this.#connectTimer?.[Symbol.dispose]();
    this.#farEnd = farEnd;
    this.#emit({ type: 'connected' });
  }

  /** A packet of the far end arrives; false if nothing on `mid` takes it. */
  arrive(mid: string, bytes: Buffer): boolean {
    return this.#farEnd !== undefined && this.#inbound.arrive(mid, bytes);
  }

  dataArrives(label: string, payload: string | Buffer): void {
    this.#emit({ type: 'data', label, payload });
  }

  /** Packets were lost, as the test says. */
  slowDown(mid: string, isUplink: boolean, lostPackets: number): void {
    this.#emit({ type: 'slow_link', mid, isUplink, lostPackets });
  }

  /** The far end, or the way to it, is gone. */
  fail(reason: 'dtls_alert' | 'dtls_failed' | 'ice_failed'): void {
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

  #agree(session: NegotiatedSession): void {
    this.#state = { name: 'stable', session };
    for (const { mid, send } of session.media) {
      if (send !== undefined && !this.#senders.has(mid)) this.#senders.set(mid, new FakeRtpSender(send));
    }
    for (const { mid, kind } of this.#inbound.agree(session)) this.#emit({ type: 'stream', mid, kind });
    if (this.#farEnd !== undefined) return;
    const due = this.#clock.now() + this.options.connectTimeoutMs;
    this.#connectTimer?.[Symbol.dispose]();
    this.#connectTimer = this.#clock.at(due, () => this.#close('ice_failed'));
  }

  #close(reason: Extract<PeerConnectionEvent, { readonly type: 'closed' }>['reason']): void {
    if (this.#state.name === 'closed') return;
    this.#emit({ type: 'closed', reason });
    this.#state = { name: 'closed' };
    this.#connectTimer?.[Symbol.dispose]();
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
    return this.made.find((peer) => peer.iceUfrag === iceUfrag && !peer.isClosed);
  }

  /** Connections that are not closed; zero when nothing leaks. */
  get open(): number {
    return this.made.filter((peer) => !peer.isClosed).length;
  }
}
