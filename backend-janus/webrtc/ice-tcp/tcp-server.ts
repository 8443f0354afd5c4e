import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, TransportAddress } from '#services/kernel';
import type { ByteStream, StreamReceiver, StreamServer, StreamServerFactory } from './stream-server.ts';

/** TCP of the machine we run on, on node:net. It listens; it connects to nobody. */
export class TcpServerFactory implements StreamServerFactory {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async listen(
    local: TransportAddress,
    accept: (stream: ByteStream, now: number) => StreamReceiver | undefined,
  ): Promise<StreamServer> {
    const server = createServer({ noDelay: true });
    const running = new TcpServer(server, accept, this.#clock);
    const listening = once(server, 'listening');
    server.listen({ host: local.address, port: local.port, ipv6Only: true, exclusive: true });
    await listening;
    running.begin();
    return running;
  }
}

class TcpServer implements StreamServer {
  readonly #server: Server;
  readonly #accept: (stream: ByteStream, now: number) => StreamReceiver | undefined;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  #local: TransportAddress = { address: '', port: 0 };

  constructor(
    server: Server,
    accept: (stream: ByteStream, now: number) => StreamReceiver | undefined,
    clock: Clock,
  ) {
    this.#server = server;
    this.#accept = accept;
    this.#clock = clock;
  }

  get local(): TransportAddress {
    return this.#local;
  }

  /** The server listens. */
  begin(): void {
    const bound = this.#server.address();
    if (bound !== null && typeof bound !== 'string')
      this.#local = { address: bound.address, port: bound.port };
    this.#server.on('connection', (socket) => this.#welcome(socket));
    // As when the system has no descriptors left: those that are connected go on.
    this.#server.on('error', () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #welcome(socket: Socket): void {
    // Without a listener an error of the socket would end the process; it is closed after one.
    socket.on('error', () => undefined);
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined) return void socket.destroy();
    const receiver = this.#accept(new TcpStream(socket, { address, port }), this.#clock.now());
    if (receiver === undefined) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on('data', (bytes) => receiver.receive(bytes, this.#clock.now()));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      receiver.closed(this.#clock.now());
    });
  }
}

/** What is written in one turn of the event loop leaves in one piece. */
class TcpStream implements ByteStream {
  readonly remote: TransportAddress;
  readonly #socket: Socket;
  #isCorked = false;

  constructor(socket: Socket, remote: TransportAddress) {
    this.#socket = socket;
    this.remote = remote;
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket.uncork();
  };
}
