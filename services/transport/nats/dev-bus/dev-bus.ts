import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Clock, Log, Random } from '#services/kernel';
import { Intake } from '../../intake.ts';
import type { Turns } from '../../turns.ts';
import { BusClient, type Credentials, type Wire } from './bus-client.ts';
import { MessageBus } from './message-bus.ts';
import { faults } from './operations.ts';

/** What a DevBus needs from others. */
export interface DevBusParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** One for all transports of the process, since they share its event loop. */
  readonly turns: Turns;
}

/** Where a DevBus listens and whom it serves. */
export interface DevBusOptions {
  readonly address: string;
  /** A free one is taken where this is taken; 0 picks one. */
  readonly port: number;
  /** Whom it serves; everybody by default. */
  readonly credentials?: Credentials;
  /** Clients at the same time; 1,000 by default. */
  readonly mostClients?: number;
}

/** The features we have are those of this version of the protocol; clients compare it. */
const protocolVersion = '2.9.0';

/** How long a client may take to read why it is cut off. */
const farewellMs = 1000;

/**
 * A small NATS server in our own process, so that every NATS client works against a broker started with nothing.
 *
 * Core NATS only: one process, nothing stored; no JetStream, clustering, TLS, accounts or JWT.
 */
export class DevBus implements AsyncDisposable {
  readonly #parts: DevBusParts;
  readonly #options: DevBusOptions;
  readonly #bus: MessageBus;
  readonly #serverId: string;
  readonly #server: Server;
  readonly #clients = new Map<Socket, BusClient>();
  readonly #sockets = new Set<Socket>();
  #clientCount = 0;

  constructor(parts: DevBusParts, options: DevBusOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#bus = new MessageBus(parts.random);
    this.#serverId = parts.random.uuid();
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = 2 * this.#mostClients;
  }

  /** The port in use; undefined before `listen`. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** What to connect to. Only after `listen`. */
  get url(): string {
    const { address } = this.#options;
    return `nats://${everyAddress.get(address) ?? bracketed(address)}:${this.port ?? 0}`;
  }

  /** Clients and subscriptions now; both zero when everybody has gone. */
  get counts(): { readonly clients: number; readonly subscriptions: number } {
    return { clients: this.#clients.size, subscriptions: this.#bus.size };
  }

  /** Starts to accept clients. Rejects with the system's error, but for a port that is taken. */
  async listen(): Promise<void> {
    const { address, port } = this.#options;
    try {
      await this.#bind(address, port);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
      await this.#bind(address, 0);
      this.#parts.log.warn({ wanted: port, port: this.port }, 'the NATS port is taken, using another');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  get #mostClients(): number {
    return this.#options.mostClients ?? 1000;
  }

  async #bind(host: string, port: number): Promise<void> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
  }

  #accept(socket: Socket): void {
    this.#own(socket);
    const wire = new SocketWire(this.#parts.clock, socket);
    if (this.#clients.size >= this.#mostClients) {
      wire.write(Buffer.from(`-ERR '${faults.connections}'\r\n`));
      wire.end();
      return;
    }
    this.#clientCount += 1;
    const { address: host, credentials } = this.#options;
    const identity = { serverId: this.#serverId, version: protocolVersion, clientId: this.#clientCount };
    const info = { ...identity, host, port: this.port ?? 0 };
    const client = new BusClient({ clock: this.#parts.clock, bus: this.#bus, wire }, info, credentials);
    this.#clients.set(socket, client);
    const intake = new Intake(this.#parts.turns, socket, (bytes: Buffer) => client.receive(bytes));
    socket.on('data', (chunk) => intake.take(chunk));
    socket.once('close', () => {
      this.#clients.delete(socket);
      client[Symbol.dispose]();
    });
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // The 'close' that follows does the rest.
    socket.on('error', (err) => this.#parts.log.debug({ err }, 'a NATS client was lost'));
  }
}

/** Where to reach a listener on all addresses from here. */
const everyAddress: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
]);

/** RFC 3986 section 3.2.2. */
function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** A socket; what is written in one turn of the event loop leaves in one piece. */
class SocketWire implements Wire {
  readonly #clock: Clock;
  readonly #socket: Socket;
  #isCorked = false;

  constructor(clock: Clock, socket: Socket) {
    this.#clock = clock;
    this.#socket = socket;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  /** What the client still sends is read and dropped: unread bytes would make the system reset the connection. */
  end(): void {
    if (this.#socket.destroyed) return;
    const timer = this.#clock.at(this.#clock.now() + farewellMs, () => this.#socket.destroy());
    this.#socket.once('close', () => timer[Symbol.dispose]());
    this.#socket.resume();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
