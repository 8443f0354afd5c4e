import type {
  DatagramReceiver,
  DatagramSocket,
  DatagramSocketFactory,
  TransportAddress,
} from '#services/kernel';

/** Sockets of another factory, that remember where each datagram went. */
export class RecordingSockets implements DatagramSocketFactory {
  /** Datagrams by destination, as `address:port`. */
  readonly sent = new Map<string, number>();
  readonly #sockets: DatagramSocketFactory;

  constructor(sockets: DatagramSocketFactory) {
    this.#sockets = sockets;
  }

  /** All destinations so far. */
  get destinations(): string[] {
    return [...this.sent.keys()];
  }

  async bind(local: TransportAddress, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const socket = await this.#sockets.bind(local, receiver);
    return {
      local: socket.local,
      lend: () => socket.lend(),
      send: (datagram, to) => {
        const key = destination(to);
        this.sent.set(key, (this.sent.get(key) ?? 0) + 1);
        socket.send(datagram, to);
      },
      flush: () => socket.flush(),
      [Symbol.asyncDispose]: () => Promise.resolve(socket[Symbol.asyncDispose]()),
    };
  }
}

/** As `RecordingSockets.sent` names it. */
export function destination({ address, port }: TransportAddress): string {
  return `${address}:${port}`;
}
