import type {
  Clock,
  DatagramSocket,
  DatagramSocketFactory,
  Random,
  TransportAddress,
} from '#services/kernel';

/** What the relay does to the datagrams of one direction. By default all arrive at once, in order. */
export interface Weather {
  /** From 0 to 1. */
  readonly lossRatio?: number;
  /** Every datagram waits this long. */
  readonly delayMs?: number;
  /** Up to this much is added to or taken from each delay; the order is kept, as queues of routers keep it. */
  readonly jitterMs?: number;
  /** Share of the datagrams that overtake all that wait. */
  readonly reorderRatio?: number;
  /** Share of the datagrams that arrive twice. */
  readonly duplicateRatio?: number;
}

/** Datagrams of one direction so far. */
export interface RelayCounts {
  taken: number;
  delivered: number;
  lost: number;
  duplicated: number;
  /** Found too many waiting. */
  overflowed: number;
}

/** Where the relay stands, and on what. */
export interface RelayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
}

/** Datagrams of one direction that wait; more are lost and counted. */
const mostWaiting = 4096;

/** Remote addresses that have a socket of their own; datagrams of others are lost. */
const mostSources = 64;

/**
 * A bad network between peers and one UDP port: it takes what is sent to its own port, and hands it on from one socket
 * per source, so that the port behind it sees as many addresses as there are peers.
 */
export class LossyRelay implements AsyncDisposable {
  /** May be changed at any time; what waits keeps the delay that it was given. */
  toTarget: Weather = {};
  toPeer: Weather = {};
  readonly #parts: RelayParts;
  readonly #target: TransportAddress;
  readonly #sources = new Map<string, Source>();
  readonly #up: Lane;
  readonly #down: Lane;
  #front: DatagramSocket | undefined;
  #isClosed = false;

  private constructor(parts: RelayParts, target: TransportAddress) {
    this.#parts = parts;
    this.#target = target;
    this.#up = new Lane(parts, () => this.toTarget);
    this.#down = new Lane(parts, () => this.toPeer);
  }

  /** Opens a relay on a free port of 127.0.0.1, before the port `target`. */
  static async open(parts: RelayParts, target: TransportAddress): Promise<LossyRelay> {
    const relay = new LossyRelay(parts, target);
    const receive = (datagram: Buffer, from: TransportAddress): void => relay.#fromPeer(datagram, from);
    relay.#front = await parts.sockets.bind({ address: '127.0.0.1', port: 0 }, { receive });
    return relay;
  }

  /** Where peers reach it. */
  get local(): TransportAddress {
    return this.#front?.local ?? { address: '127.0.0.1', port: 0 };
  }

  get counts(): { readonly toTarget: Readonly<RelayCounts>; readonly toPeer: Readonly<RelayCounts> } {
    return { toTarget: this.#up.counts, toPeer: this.#down.counts };
  }

  /** The same in both directions. */
  set both(weather: Weather) {
    this.toTarget = weather;
    this.toPeer = weather;
  }

  /** A description whose candidates name the relay where they named what is behind it. */
  rewrite(sdp: string): string {
    const { address, port } = this.#target;
    const { local } = this;
    return sdp.replaceAll(` ${address} ${port} typ `, ` ${local.address} ${local.port} typ `);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#up[Symbol.dispose]();
    this.#down[Symbol.dispose]();
    const closing = [...this.#sources.values()].map(({ socket }) => socket);
    await this.#front?.[Symbol.asyncDispose]();
    for (const socket of closing) await (await socket)?.[Symbol.asyncDispose]();
  }

  #fromPeer(datagram: Buffer, from: TransportAddress): void {
    const source = this.#sourceOf(from);
    if (source === undefined) this.#up.counts.lost += 1;
    else this.#up.take(datagram, (bytes) => sendNow(source.opened, bytes, this.#target));
  }

  #sourceOf({ address, port }: TransportAddress): Source | undefined {
    const key = `${address}:${port}`;
    const known = this.#sources.get(key);
    if (known !== undefined || this.#sources.size === mostSources) return known;
    const source: Source = { opened: undefined, socket: this.#openFor({ address, port }) };
    this.#sources.set(key, source);
    void source.socket.then((socket) => (source.opened = socket));
    return source;
  }

  async #openFor(peer: TransportAddress): Promise<DatagramSocket | undefined> {
    const receive = (datagram: Buffer): void =>
      this.#down.take(datagram, (bytes) => sendNow(this.#front, bytes, peer));
    const socket = await this.#parts.sockets.bind({ address: '127.0.0.1', port: 0 }, { receive });
    if (!this.#isClosed) return socket;
    await socket[Symbol.asyncDispose]();
    return undefined;
  }
}

function sendNow(socket: DatagramSocket | undefined, bytes: Buffer, to: TransportAddress): void {
  socket?.send(bytes, to);
  socket?.flush();
}

/** A peer's address, and the socket that stands for it before the target. */
interface Source {
  /** Undefined until it is bound: what comes before is lost, and sent again by whoever needs it. */
  opened: DatagramSocket | undefined;
  readonly socket: Promise<DatagramSocket | undefined>;
}

/** One direction. */
class Lane implements Disposable {
  readonly counts: RelayCounts = { taken: 0, delivered: 0, lost: 0, duplicated: 0, overflowed: 0 };
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #weather: () => Weather;
  readonly #waiting = new Set<Disposable>();
  /** When the last one that keeps the order leaves. */
  #lastAt = 0;

  constructor({ clock, random }: RelayParts, weather: () => Weather) {
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
  }

  take(datagram: Buffer, deliver: (bytes: Buffer) => void): void {
    const { lossRatio = 0, duplicateRatio = 0 } = this.#weather();
    this.counts.taken += 1;
    if (this.#chance() < lossRatio) {
      this.counts.lost += 1;
      return;
    }
    const bytes = Buffer.from(datagram);
    this.#delay(bytes, deliver);
    if (this.#chance() >= duplicateRatio) return;
    this.counts.duplicated += 1;
    this.#delay(bytes, deliver);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#waiting) timer[Symbol.dispose]();
    this.#waiting.clear();
  }

  #delay(bytes: Buffer, deliver: (bytes: Buffer) => void): void {
    const now = this.#clock.now();
    const at = this.#departure(now);
    if (at <= now) return this.#deliver(bytes, deliver);
    if (this.#waiting.size >= mostWaiting) return void (this.counts.overflowed += 1);
    const timer = this.#clock.at(at, () => {
      this.#waiting.delete(timer);
      this.#deliver(bytes, deliver);
    });
    this.#waiting.add(timer);
  }

  #departure(now: number): number {
    const { delayMs = 0, jitterMs = 0, reorderRatio = 0 } = this.#weather();
    if (this.#chance() < reorderRatio) return now;
    const wanted = now + Math.max(0, delayMs + jitterMs * (2 * this.#chance() - 1));
    this.#lastAt = Math.max(this.#lastAt, wanted);
    return this.#lastAt;
  }

  #deliver(bytes: Buffer, deliver: (bytes: Buffer) => void): void {
    this.counts.delivered += 1;
    deliver(bytes);
  }

  #chance(): number {
    return this.#random.uint32() / 2 ** 32;
  }
}
