import type { Clock, TransportAddress } from '#services/kernel';
import type {
  ByteStream,
  StreamReceiver,
  StreamServer,
  StreamServerFactory,
} from '../../backend-janus/webrtc/ice-tcp/stream-server.ts';

type Accept = (stream: ByteStream, now: number) => StreamReceiver | undefined;

/** TCP in memory: what is written arrives at once, unless the client has stopped reading. */
export class VirtualStreams implements StreamServerFactory {
  readonly #clock: Clock;
  readonly #clients = new Set<VirtualClient>();
  #accept: Accept | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Connections that are open. */
  get open(): number {
    return [...this.#clients].filter(({ isClosed }) => !isClosed).length;
  }

  listen(local: TransportAddress, accept: Accept): Promise<StreamServer> {
    this.#accept = accept;
    const close = (): Promise<void> => {
      for (const client of this.#clients) client.close();
      return Promise.resolve();
    };
    return Promise.resolve({ local, [Symbol.asyncDispose]: close });
  }

  /** Someone connects from there. */
  connect(remote: TransportAddress): VirtualClient {
    const client = new VirtualClient(remote, this.#clock);
    this.#clients.add(client);
    client.begin(this.#accept?.(client, this.#clock.now()));
    return client;
  }
}

/** The far end of one connection, and what our end does to it. */
export class VirtualClient implements ByteStream {
  readonly remote: TransportAddress;
  /** Everything that arrived. */
  received = Buffer.alloc(0);
  isReading = true;
  isClosed = false;
  readonly #clock: Clock;
  #waiting: Buffer[] = [];
  #receiver: StreamReceiver | undefined;

  constructor(remote: TransportAddress, clock: Clock) {
    this.remote = remote;
    this.#clock = clock;
  }

  get backlog(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** Datagrams that arrived whole. */
  get datagrams(): Buffer[] {
    const list: Buffer[] = [];
    for (let at = 0; at + 2 <= this.received.length; at += 2 + this.received.readUInt16BE(at)) {
      list.push(this.received.subarray(at + 2, at + 2 + this.received.readUInt16BE(at)));
    }
    return list;
  }

  begin(receiver: StreamReceiver | undefined): void {
    this.#receiver = receiver;
    if (receiver === undefined) this.isClosed = true;
  }

  /** Sends datagrams, framed, in one piece. */
  send(...datagrams: readonly (Buffer | readonly number[])[]): void {
    this.sendBytes(Buffer.concat(datagrams.map((datagram) => framed(Buffer.from(datagram)))));
  }

  sendBytes(bytes: Buffer): void {
    if (!this.isClosed) this.#receiver?.receive(Buffer.from(bytes), this.#clock.now());
  }

  write(bytes: Buffer): void {
    if (this.isClosed) return;
    this.#waiting.push(bytes);
    if (!this.isReading) return;
    this.received = Buffer.concat([this.received, ...this.#waiting]);
    this.#waiting = [];
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#receiver?.closed(this.#clock.now());
  }
}

/** RFC 4571. */
export function framed(datagram: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(datagram.length);
  return Buffer.concat([length, datagram]);
}
