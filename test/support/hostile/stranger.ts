import type { DatagramSocket, DatagramSocketFactory, TransportAddress } from '#services/kernel';

/** Somebody who is no peer: sends anything to one address, and counts what comes back. */
export class Stranger implements AsyncDisposable {
  bytesReceived = 0;
  bytesSent = 0;
  readonly #server: TransportAddress;
  #socket: DatagramSocket | undefined;

  private constructor(server: TransportAddress) {
    this.#server = server;
  }

  /** Binds a free port of `address`. */
  static async open(
    sockets: DatagramSocketFactory,
    address: string,
    server: TransportAddress,
  ): Promise<Stranger> {
    const stranger = new Stranger(server);
    const receive = (datagram: Buffer): void => {
      stranger.bytesReceived += datagram.length;
    };
    stranger.#socket = await sockets.bind({ address, port: 0 }, { receive });
    return stranger;
  }

  send(datagram: Buffer): void {
    this.bytesSent += datagram.length;
    this.#socket?.send(datagram, this.#server);
    this.#socket?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket?.[Symbol.asyncDispose]();
  }
}
