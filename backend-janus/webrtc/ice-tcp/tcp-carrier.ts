import { lentBytes, type Clock, type TransportAddress } from '#services/kernel';
import { AddressTable } from '../ice/address-table.ts';
import type { DropReason } from '../ice/drop-counts.ts';
import type { ConnectedCarrier, CarrierHost } from '../ice/entrance.ts';
import { networkOf } from '../ice/source-buckets.ts';
import { FrameReader } from './frame-reader.ts';
import type { ByteStream, StreamReceiver, StreamServer, StreamServerFactory } from './stream-server.ts';

/** Bounds of a TcpCarrier. */
export interface TcpLimits {
  /** Connections at one time. */
  readonly most: number;
  /** Of one IPv4 address or IPv6 network: an office whose firewall lets no UDP out. */
  readonly mostPerNetwork: number;
  /** That no check has proven yet; one more takes the place of the oldest, which had its time. */
  readonly mostUnproven: number;
  /** A connection must be proven by then. */
  readonly proofMs: number;
  /** A connection that brought nothing for so long is closed; consent (RFC 7675) ends then, too. */
  readonly idleMs: number;
  /** Bytes that may wait for one peer: half a second of good video. What comes then is dropped, as by a full router. */
  readonly backlogBytes: number;
}

/** What became of connections and of what should go out, since the port was opened. */
export interface TcpCounts {
  readonly accepted: number;
  /** Too many connections, in all or from there. */
  readonly refused: number;
  /** Closed because what came first was no authentic check, came too late, or left no room for others. */
  readonly unproven: number;
  /** Closed because of a frame that is too large, once proven. */
  readonly malformed: number;
  readonly idle: number;
  /** Datagrams dropped because the peer takes them too slowly. */
  readonly backlogged: number;
}

const defaultLimits: TcpLimits = {
  most: 4_096,
  mostPerNetwork: 256,
  mostUnproven: 512,
  proofMs: 5_000,
  idleMs: 30_000,
  backlogBytes: 128 * 1024,
};

/** How often connections are looked at, while there are any. */
const sweepMs = 1_000;

/** Frames of a connection that is not proven: checks that come before we know whom to expect. */
const mostEarlyFrames = 16;

const lengthBytes = 2;

/** Someone connected to us. */
interface Connection {
  readonly stream: ByteStream;
  readonly frames: FrameReader;
  readonly since: number;
  heardAt: number;
  earlyFrames: number;
  isProven: boolean;
}

/**
 * ICE-TCP, the passive side (RFC 6544): datagrams over the connections of peers whose network lets no UDP through,
 * framed by RFC 4571. We connect to nobody.
 *
 * A connection must begin with a check that the port believes. Everything else then goes by the port's rules, as if
 * each connection were a remote address on a UDP socket.
 */
export class TcpCarrier implements ConnectedCarrier {
  readonly #clock: Clock;
  readonly #host: CarrierHost;
  readonly #limits: TcpLimits;
  readonly #connections = new AddressTable<Connection>();
  readonly #all = new Set<Connection>();
  /** The oldest first. */
  readonly #unproven = new Set<Connection>();
  readonly #perNetwork = new Map<string, number>();
  readonly #counts = { accepted: 0, refused: 0, unproven: 0, malformed: 0, idle: 0, backlogged: 0 };
  readonly #scratch = Buffer.allocUnsafeSlow(lentBytes);
  #server: StreamServer | undefined;
  #timer: Disposable | undefined;

  private constructor(clock: Clock, host: CarrierHost, limits: TcpLimits) {
    this.#clock = clock;
    this.#host = host;
    this.#limits = limits;
  }

  /** Rejects with the system's error if the address cannot be bound. */
  static async open(
    { servers, clock }: { readonly servers: StreamServerFactory; readonly clock: Clock },
    local: TransportAddress,
    host: CarrierHost,
    limits: Partial<TcpLimits> = {},
  ): Promise<TcpCarrier> {
    const carrier = new TcpCarrier(clock, host, { ...defaultLimits, ...limits });
    carrier.#server = await servers.listen(local, (stream, now) => carrier.#accept(stream, now));
    return carrier;
  }

  get local(): TransportAddress {
    return this.#server?.local ?? { address: '', port: 0 };
  }

  get connections(): number {
    return this.#all.size;
  }

  get counts(): TcpCounts {
    return this.#counts;
  }

  /** One buffer for all: `send` has copied it when it returns. */
  lend(): Buffer {
    return this.#scratch;
  }

  send(datagram: Buffer, to: TransportAddress): void {
    const stream = this.#connections.get(to)?.stream;
    if (stream === undefined) return;
    if (stream.backlog + datagram.length > this.#limits.backlogBytes) {
      this.#counts.backlogged += 1;
      return;
    }
    const frame = Buffer.allocUnsafe(lengthBytes + datagram.length);
    frame.writeUInt16BE(datagram.length);
    datagram.copy(frame, lengthBytes);
    stream.write(frame);
  }

  flush(): void {
    // Nothing waits: streams send at the end of the turn by themselves.
  }

  forget(remote: TransportAddress): void {
    this.#connections.get(remote)?.stream.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await this.#server?.[Symbol.asyncDispose]();
  }

  #accept(stream: ByteStream, now: number): StreamReceiver | undefined {
    const network = networkOf(stream.remote.address);
    if (!this.#hasRoomFor(network)) {
      this.#counts.refused += 1;
      return undefined;
    }
    const frames = new FrameReader();
    const connection = { stream, frames, since: now, heardAt: now, earlyFrames: 0, isProven: false };
    this.#enter(connection, network);
    return {
      receive: (bytes, at) => this.#receive(connection, bytes, at),
      closed: (at) => this.#leave(connection, network, at),
    };
  }

  #hasRoomFor(network: string): boolean {
    const { most, mostPerNetwork } = this.#limits;
    return this.#all.size < most && (this.#perNetwork.get(network) ?? 0) < mostPerNetwork;
  }

  #enter(connection: Connection, network: string): void {
    this.#counts.accepted += 1;
    const [oldest] = this.#unproven;
    if (oldest !== undefined && this.#unproven.size >= this.#limits.mostUnproven) this.#giveUp(oldest);
    this.#unproven.add(connection);
    this.#all.add(connection);
    this.#connections.set(connection.stream.remote, connection);
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1);
    this.#timer ??= this.#clock.at(this.#clock.now() + sweepMs, this.#sweep);
  }

  #leave(connection: Connection, network: string, now: number): void {
    if (!this.#all.delete(connection)) return;
    this.#unproven.delete(connection);
    this.#connections.delete(connection.stream.remote);
    const here = (this.#perNetwork.get(network) ?? 1) - 1;
    if (here > 0) this.#perNetwork.set(network, here);
    else this.#perNetwork.delete(network);
    this.#host.lose(connection.stream.remote, now);
  }

  #receive(connection: Connection, bytes: Buffer, now: number): void {
    if (!this.#all.has(connection)) return;
    connection.heardAt = now;
    if (connection.frames.push(bytes, (frame) => this.#take(connection, frame, now))) return;
    this.#counts[connection.isProven ? 'malformed' : 'unproven'] += 1;
    connection.stream.close();
  }

  #giveUp(connection: Connection): void {
    this.#counts.unproven += 1;
    this.#unproven.delete(connection);
    connection.stream.close();
  }

  /** False if the connection must go. */
  #take(connection: Connection, frame: Buffer, now: number): boolean {
    const dropped = this.#host.receive(frame, connection.stream.remote, now);
    if (connection.isProven) return true;
    if (dropped !== undefined) return this.#mayTryAgain(connection, dropped);
    connection.isProven = true;
    this.#unproven.delete(connection);
    return true;
  }

  /** Whoever answers our offer may check before its answer has reached us. */
  #mayTryAgain(connection: Connection, dropped: DropReason): boolean {
    connection.earlyFrames += 1;
    return dropped === 'unexpected_user' && connection.earlyFrames < mostEarlyFrames;
  }

  readonly #sweep = (): void => {
    const now = this.#clock.now();
    const { proofMs, idleMs } = this.#limits;
    for (const connection of this.#unproven) if (now - connection.since >= proofMs) this.#giveUp(connection);
    for (const { stream, heardAt } of this.#all) {
      if (now - heardAt < idleMs) continue;
      this.#counts.idle += 1;
      stream.close();
    }
    this.#timer = this.#all.size > 0 ? this.#clock.at(now + sweepMs, this.#sweep) : undefined;
  };
}
