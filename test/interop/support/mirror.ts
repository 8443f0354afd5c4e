import {
  MediaRouter,
  offeredStreams,
  parseSdp,
  type PeerConnection,
  type PeerConnectionEvent,
  type Source,
  type StreamPlan,
  type Subscription,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import {
  allCodecs,
  mirrorStreams,
  type CodecPreferences,
} from '../../../backend-janus/plugins/shared/mirror-streams.ts';
import { LossyRelay } from '../../support/lossy-relay.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const connectTimeoutMs = 10_000;

/** The WebRTC stack in this process on a real UDP port, behind a relay that a test may spoil. */
export class MirrorServer implements AsyncDisposable {
  readonly relay: LossyRelay;
  readonly #webRtc: WebRtc;
  readonly #router = new MediaRouter(systemClock);
  readonly #scope: Scope;
  #opened = 0;

  private constructor(webRtc: WebRtc, relay: LossyRelay, scope: Scope) {
    this.#webRtc = webRtc;
    this.relay = relay;
    this.#scope = scope;
  }

  /** Opens one; `seed` makes its relay's weather the same every time. */
  static async open(seed = 1): Promise<MirrorServer> {
    const clock = systemClock;
    const sockets = new UdpSocketFactory(clock);
    const scope = new Scope();
    const surroundings = { clock, random: systemRandom, sockets, srtp: srtpContexts };
    const options = { local: { address: '127.0.0.1', port: 0 }, announcedAddresses: [] };
    const webRtc = scope.own(await WebRtc.open(surroundings, options));
    const parts = { clock, random: new SeededRandom(seed), sockets };
    const relay = scope.own(await LossyRelay.open(parts, webRtc.local));
    return new MirrorServer(webRtc, relay, scope);
  }

  /** Connections that are alive. */
  get connections(): number {
    return this.#webRtc.counts.connections;
  }

  /** One peer that sees and hears itself, with the first codec of `codecs` that it can do. */
  mirror(codecs: Partial<CodecPreferences> = {}): Mirror {
    this.#opened += 1;
    const id = `mirror${this.#opened}`;
    const mirror = new Mirror(id, this.#router, { ...allCodecs, ...codecs }, this.relay, (onEvent) =>
      this.#webRtc.create({ id, connectTimeoutMs }, onEvent),
    );
    return this.#scope.own(mirror);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

/** One connection whose peer gets back what it sends: media, and every message on its channel. */
export class Mirror implements AsyncDisposable {
  readonly connection: PeerConnection;
  readonly events: PeerConnectionEvent[] = [];
  /** Messages that were not sent back, because the peer takes them too slowly. */
  refused = 0;
  readonly #id: string;
  readonly #router: MediaRouter;
  readonly #codecs: CodecPreferences;
  readonly #relay: LossyRelay;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #sources = new Map<string, Source>();
  readonly #inlets: Disposable[] = [];
  #agreed: readonly StreamPlan[] = [];

  constructor(
    id: string,
    router: MediaRouter,
    codecs: CodecPreferences,
    relay: LossyRelay,
    create: (onEvent: (event: PeerConnectionEvent) => void) => PeerConnection,
  ) {
    this.#id = id;
    this.#router = router;
    this.#codecs = codecs;
    this.#relay = relay;
    this.connection = create((event) => this.#take(event));
  }

  has(type: PeerConnectionEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  /** Our answer to a peer's offer; its candidates name the relay. */
  async answer(offerSdp: string): Promise<string> {
    const plans = mirrorStreams(offeredStreams(parseSdp(offerSdp)), this.#codecs);
    const answer = await this.connection.answer(offerSdp, plans);
    this.#follow(plans);
    return this.#relay.rewrite(answer);
  }

  /** Our offer of these kinds, each with the codec preferred; its candidates name the relay. */
  async offer(kinds: readonly StreamPlan['kind'][]): Promise<string> {
    const plans = kinds.map((kind) => this.#planOf(kind));
    return this.#relay.rewrite(await this.connection.offer(plans));
  }

  /** Our offer of all that is agreed, with new credentials (RFC 8445 section 9). */
  async restart(): Promise<string> {
    return this.#relay.rewrite(await this.connection.offer(this.#agreed, { restartsIce: true }));
  }

  /** Takes the peer's answer to our offer. */
  async accept(answerSdp: string): Promise<void> {
    await this.connection.acceptAnswer(answerSdp);
    this.#follow(
      parseSdp(answerSdp).media.flatMap(({ mid, kind, isRejected }) =>
        kind === 'other' || isRejected ? [] : [{ mid, ...this.#planOf(kind) }],
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions.values()) subscription[Symbol.dispose]();
    for (const source of this.#sources.values()) source[Symbol.dispose]();
    for (const inlet of this.#inlets) inlet[Symbol.dispose]();
    await this.connection[Symbol.asyncDispose]();
  }

  #planOf(kind: StreamPlan['kind']): StreamPlan {
    return { kind, direction: 'sendrecv', codecs: kind === 'data' ? [] : this.#codecs[kind] };
  }

  #take(event: PeerConnectionEvent): void {
    if (event.type === 'data') this.refused += this.connection.sendData(event.label, event.payload) ? 0 : 1;
    // Messages are many, and nobody asks for them.
    else this.events.push(event);
  }

  #follow(plans: readonly StreamPlan[]): void {
    this.#agreed = plans;
    for (const { mid, kind, direction } of plans) {
      if (mid === undefined || kind === 'data' || this.#subscriptions.has(mid)) continue;
      if (direction !== 'sendrecv') continue;
      const id = { publisher: this.#id, mid };
      this.#subscriptions.set(mid, this.#router.subscribe(id, this.connection.sender(mid)));
      const inlet = this.connection.receive(mid, ({ parameters }) => {
        const source = this.#router.publish(id, parameters, () => this.connection.requestKeyframe(mid));
        this.#sources.set(mid, source);
        return source;
      });
      this.#inlets.push(inlet);
    }
  }
}
