import {
  lentBytes,
  type Clock,
  type DatagramReceiver,
  type DatagramSocket,
  type DatagramSocketFactory,
  type Random,
  type TransportAddress,
} from '#services/kernel';

/** How a VirtualNetwork treats datagrams. By default they arrive, in order, when the clock is next run. */
export interface VirtualNetworkOptions {
  /** Default 0. */
  readonly delayMs?: number;
  /** Up to this much is added to each delay, so that datagrams overtake each other; needs `random`. Default 0. */
  readonly jitterMs?: number;
  /** From 0 to 1; needs `random`. Default 0. */
  readonly lossRatio?: number;
  readonly random?: Random;
}

interface Flight {
  readonly at: number;
  readonly bytes: Buffer;
  readonly from: TransportAddress;
  readonly to: TransportAddress;
}

const firstEphemeralPort = 49_152;
const wildcards: readonly string[] = ['0.0.0.0', '::'];

/**
 * A network in memory, moved by a clock. Every address exists; what is sent where nobody is bound is lost.
 *
 * Stricter than a real socket, to find those who break its rules: a datagram that changes between `send` and `flush`
 * throws, and what was received is overwritten after the flush that follows.
 */
export class VirtualNetwork implements DatagramSocketFactory {
  /** Datagrams lost by chance. */
  lost = 0;
  /** Datagrams for which nobody was bound. */
  unreachable = 0;
  /** Everything that was ever sent to, as `address:port`, bound or not. */
  readonly contacted = new Set<string>();
  readonly #clock: Clock;
  readonly #options: VirtualNetworkOptions;
  readonly #sockets = new Map<string, VirtualSocket>();
  readonly #flights: Flight[] = [];
  #timer: Disposable | undefined;

  constructor(clock: Clock, options: VirtualNetworkOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Sockets that are bound now; zero when nothing leaks. */
  get bound(): number {
    return this.#sockets.size;
  }

  bind(local: TransportAddress, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const address = { address: local.address, port: local.port === 0 ? this.#freePort(local) : local.port };
    if (this.#sockets.has(keyOf(address))) {
      const taken = new Error(`bind EADDRINUSE ${keyOf(address)}`);
      return Promise.reject(Object.assign(taken, { code: 'EADDRINUSE' }));
    }
    const socket = new VirtualSocket(address, receiver, this);
    this.#sockets.set(keyOf(address), socket);
    return Promise.resolve(socket);
  }

  /** For VirtualSocket: takes a copy on its way. */
  carry(bytes: Buffer, from: TransportAddress, to: TransportAddress): void {
    this.contacted.add(keyOf(to));
    if (this.#chance() < (this.#options.lossRatio ?? 0)) {
      this.lost += 1;
      return;
    }
    const delay = (this.#options.delayMs ?? 0) + this.#chance() * (this.#options.jitterMs ?? 0);
    this.#queue({ at: this.#clock.now() + delay, bytes: Buffer.from(bytes), from: sourceOf(from), to });
  }

  /** For VirtualSocket: it is bound no longer. */
  forget(local: TransportAddress): void {
    this.#sockets.delete(keyOf(local));
  }

  #freePort(local: TransportAddress): number {
    let port = firstEphemeralPort;
    while (this.#sockets.has(keyOf({ ...local, port }))) port += 1;
    return port;
  }

  #chance(): number {
    return (this.#options.random?.uint32() ?? 2 ** 32 - 1) / 2 ** 32;
  }

  /** Behind everything that arrives at the same time or earlier. */
  #queue(flight: Flight): void {
    let at = this.#flights.length;
    while (at > 0 && (this.#flights[at - 1]?.at ?? 0) > flight.at) at -= 1;
    this.#flights.splice(at, 0, flight);
    this.#arm();
  }

  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    const next = this.#flights[0];
    this.#timer = next === undefined ? undefined : this.#clock.at(next.at, this.#deliver);
  }

  /** One burst: all that is due, then a flush of every socket, then the memory is used again. */
  readonly #deliver = (): void => {
    const now = this.#clock.now();
    const waiting = this.#flights.findIndex((flight) => flight.at > now);
    const due = this.#flights.splice(0, waiting < 0 ? this.#flights.length : waiting);
    for (const flight of due) this.#hand(flight, now);
    for (const socket of this.#sockets.values()) socket.flush();
    for (const { bytes } of due) bytes.fill(0xdd);
    this.#arm();
  };

  #hand(flight: Flight, now: number): void {
    const { address, port } = flight.to;
    const wildcard = address.includes(':') ? '::' : '0.0.0.0';
    const socket =
      this.#sockets.get(keyOf(flight.to)) ?? this.#sockets.get(keyOf({ address: wildcard, port }));
    if (socket === undefined) this.unreachable += 1;
    else socket.receiver.receive(flight.bytes, flight.from, now);
  }
}

class VirtualSocket implements DatagramSocket {
  readonly local: TransportAddress;
  readonly receiver: DatagramReceiver;
  readonly #network: VirtualNetwork;
  #queued: { datagram: Buffer; asSent: Buffer; to: TransportAddress }[] = [];
  #isClosed = false;

  constructor(local: TransportAddress, receiver: DatagramReceiver, network: VirtualNetwork) {
    this.local = local;
    this.receiver = receiver;
    this.#network = network;
  }

  lend(): Buffer {
    return Buffer.alloc(lentBytes);
  }

  send(datagram: Buffer, { address, port }: TransportAddress): void {
    if (this.#isClosed || port <= 0 || port > 0xffff) return;
    this.#queued.push({ datagram, asSent: Buffer.from(datagram), to: { address, port } });
  }

  flush(): void {
    const queued = this.#queued;
    this.#queued = [];
    for (const { datagram, asSent, to } of queued) {
      if (!datagram.equals(asSent)) throw new Error('a datagram changed before the flush that sends it');
      this.#network.carry(asSent, this.local, to);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) this.#network.forget(this.local);
    this.#isClosed = true;
    this.#queued = [];
    return Promise.resolve();
  }
}

/** The address a datagram from a wildcard socket bears. */
function sourceOf({ address, port }: TransportAddress): TransportAddress {
  if (!wildcards.includes(address)) return { address, port };
  return { address: address === '::' ? '::1' : '127.0.0.1', port };
}

function keyOf({ address, port }: TransportAddress): string {
  return `${address}:${port}`;
}
