import { EchoTest, NoSip, Videocall } from '#janus/plugins';
import { Gateway, type GatewaySettings, type Plugin, type TransportInstance } from '#janus/gateway';
import { MediaRouter } from '#janus/media';
import type { GatewayEvent } from '#janus/protocol';
import { createLog } from '#services/kernel';
import { FakeClock, settle } from './fake-clock.ts';
import { FakePlainRtpFactory } from './fake-plain-rtp.ts';
import { FakePeerConnectionFactory, type FakePeerConnection } from './fake-peer-connection.ts';
import { SeededRandom } from './seeded-random.ts';

/** A message of the Janus API, as a test reads it. */
export type Told = Readonly<Record<string, unknown>>;

/** One client of a gateway, and what it was told. */
export class JanusClient implements Disposable {
  readonly told: Told[] = [];
  readonly #instance: TransportInstance;

  constructor(gateway: Gateway) {
    this.#instance = gateway.connect((message) => this.told.push({ ...message }));
  }

  /** Sends a request; resolves with what the client was told since, once all that can settle has. */
  async ask(request: unknown): Promise<readonly Told[]> {
    const before = this.told.length;
    this.#instance.receive(request);
    await settle();
    return this.told.slice(before);
  }

  /** What the client was told since the last `take`. */
  take(): readonly Told[] {
    return this.told.splice(0);
  }

  [Symbol.dispose](): void {
    this.#instance[Symbol.dispose]();
  }
}

/** A gateway with echotest, videocall and NoSIP, and fake peer connections and plain legs, on a fake clock. */
export class JanusWorld implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly router: MediaRouter;
  readonly peers: FakePeerConnectionFactory;
  readonly plainRtp: FakePlainRtpFactory;
  readonly reported: GatewayEvent[] = [];
  readonly gateway: Gateway;

  constructor(
    settings: Partial<GatewaySettings> = {},
    plugins: readonly Plugin[] = [],
    clock = new FakeClock(),
  ) {
    this.clock = clock;
    this.router = new MediaRouter(clock);
    this.peers = new FakePeerConnectionFactory(clock);
    this.plainRtp = new FakePlainRtpFactory(clock);
    const { router, plainRtp } = this;
    const random = new SeededRandom();
    const noSip = new NoSip({ router, plainRtp, random: new SeededRandom(2) });
    const parts = {
      clock: this.clock,
      random,
      log: createLog('silent', {}),
      plugins: [new EchoTest(router), new Videocall(router), noSip, ...plugins],
      peerConnections: this.peers,
      onEvent: (event: GatewayEvent) => void this.reported.push(event),
    };
    this.gateway = new Gateway(parts, settings);
  }

  connect(): JanusClient {
    return new JanusClient(this.gateway);
  }

  /** The connection that was made last. Throws RangeError if there is none. */
  get peer(): FakePeerConnection {
    const peer = this.peers.made.at(-1);
    if (peer === undefined) throw new RangeError('no peer connection was made');
    return peer;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.gateway[Symbol.asyncDispose]();
  }
}
