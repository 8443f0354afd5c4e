import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  MediaRouter,
  offeredStreams,
  parseSdp,
  type PeerConnection,
  type PeerConnectionEvent,
  type StreamPlan,
  type Subscription,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';

const connectTimeoutMs = 20_000;

/** Node counts the whole time between two of its own timers, which are so far apart; a finer one would cost too much. */
const loopResolutionMs = 10;

const nanosecondsPerMs = 1e6;

/** One subscriber: its connection, and what it takes once that is up. */
interface Subscriber {
  readonly connection: PeerConnection;
  readonly subscriptions: Subscription[];
}

/** One publisher and its subscribers on the product's own parts, from the socket to the router and back. */
export class MediaServer implements AsyncDisposable {
  readonly #webrtc: WebRtc;
  readonly #router = new MediaRouter(systemClock);
  readonly #subscribers = new Map<string, Subscriber>();
  readonly #loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  #publisher: PeerConnection | undefined;
  #plans: readonly StreamPlan[] = [];

  private constructor(webrtc: WebRtc) {
    this.#webrtc = webrtc;
    this.#loop.enable();
  }

  /** Listens on a free UDP port of `address`. */
  static async open(address: string): Promise<MediaServer> {
    const clock = systemClock;
    const sockets = new UdpSocketFactory(clock);
    const parts = { clock, random: systemRandom, sockets, srtp: srtpContexts };
    return new MediaServer(await WebRtc.open(parts, { local: { address, port: 0 }, announcedAddresses: [] }));
  }

  /** Carries out one command of the load; `subject` names a subscriber. */
  async command(name: string, subject: string, sdp: string): Promise<string | number> {
    switch (name) {
      case 'publish':
        return await this.#publish(sdp);
      case 'invite':
        return await this.#invite(subject);
      case 'accept':
        await this.#find(subject).connection.acceptAnswer(sdp);
        return '';
      case 'leave':
        return await this.#leave(subject);
      case 'collect':
        return collect();
      case 'loop-delay':
        return this.#loopDelay();
      default:
        throw new Error(`no command ${name}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loop.disable();
    for (const id of [...this.#subscribers.keys()]) await this.#leave(id);
    await this.#publisher?.[Symbol.asyncDispose]();
    await this.#webrtc[Symbol.asyncDispose]();
  }

  async #publish(offer: string): Promise<string> {
    const connection = this.#webrtc.create({ id: 'publisher', connectTimeoutMs }, () => undefined);
    this.#publisher = connection;
    this.#plans = offeredStreams(parseSdp(offer)).map(({ mid, kind, codecNames: codecs }) => ({
      mid,
      kind,
      direction: 'recvonly',
      codecs,
    }));
    const answer = await connection.answer(offer, this.#plans);
    for (const { mid = '' } of this.#plans) this.#receive(connection, mid);
    return answer;
  }

  #receive(connection: PeerConnection, mid: string): void {
    connection.receive(mid, ({ parameters }) =>
      this.#router.publish({ publisher: 'publisher', mid }, parameters, () =>
        connection.requestKeyframe(mid),
      ),
    );
  }

  async #invite(id: string): Promise<string> {
    const connection = this.#webrtc.create({ id, connectTimeoutMs }, (event) => this.#on(id, event));
    this.#subscribers.set(id, { connection, subscriptions: [] });
    return await connection.offer(this.#plans.map((plan) => ({ ...plan, direction: 'sendonly' })));
  }

  #on(id: string, event: PeerConnectionEvent): void {
    if (event.type === 'connected') this.#subscribe(this.#find(id));
    if (event.type === 'closed') void this.#leave(id);
  }

  #subscribe({ connection, subscriptions }: Subscriber): void {
    for (const { mid = '' } of this.#plans)
      subscriptions.push(this.#router.subscribe({ publisher: 'publisher', mid }, connection.sender(mid)));
  }

  async #leave(id: string): Promise<string> {
    const { connection, subscriptions } = this.#subscribers.get(id) ?? {};
    this.#subscribers.delete(id);
    for (const subscription of subscriptions ?? []) subscription[Symbol.dispose]();
    await connection?.[Symbol.asyncDispose]();
    return '';
  }

  #find(id: string): Subscriber {
    const subscriber = this.#subscribers.get(id);
    if (subscriber === undefined) throw new Error(`no subscriber ${id}`);
    return subscriber;
  }

  /** 99 of 100 delays since the last call, in milliseconds. */
  #loopDelay(): number {
    const ms = this.#loop.percentile(99) / nanosecondsPerMs - loopResolutionMs;
    this.#loop.reset();
    return Math.max(0, ms);
  }
}

/** Twice, because what the first one frees may hold more. */
function collect(): string {
  globalThis.gc?.();
  globalThis.gc?.();
  return '';
}
