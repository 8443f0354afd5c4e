import { createSecretKey } from 'node:crypto';
import type { DatagramSocket, DatagramSocketFactory, TransportAddress } from '#services/kernel';
import type { IceCredentials } from '../../backend-janus/webrtc/ice/credentials.ts';
import { parseStun, type StunMessage } from '../../backend-janus/webrtc/ice/stun-message.ts';
import { printStun, type BindingMessage } from '../../backend-janus/webrtc/ice/stun-printer.ts';

/** One check of a controlling agent; what is not given is right. */
export type CheckFields = Partial<Omit<BindingMessage, 'class' | 'transactionId'>> & {
  readonly password?: string;
};

let transactions = 0;

/** A Binding request to the owner of `server`, as a full, controlling agent with `ufrag` sends it. */
export function printCheck(server: IceCredentials, ufrag: string, fields: CheckFields = {}): Buffer {
  const { password = server.password, ...rest } = fields;
  const transactionId = Buffer.alloc(12);
  transactions += 1;
  transactionId.writeUInt32BE(transactions, 8);
  const role = fields.controlled === undefined ? { controlling: 1n } : {};
  return printStun(
    {
      class: 'request',
      transactionId,
      username: `${server.ufrag}:${ufrag}`,
      priority: 1_000,
      ...role,
      ...rest,
    },
    createSecretKey(Buffer.from(password)),
  );
}

/** A peer on a network of tests: sends checks and whatever else, keeps what comes back. */
export class CheckingPeer implements AsyncDisposable {
  readonly answers: StunMessage[] = [];
  readonly datagrams: Buffer[] = [];
  /** Bytes received, of whatever kind. */
  bytes = 0;
  readonly #server: TransportAddress;
  #socket: DatagramSocket | undefined;

  private constructor(server: TransportAddress) {
    this.#server = server;
  }

  /** Binds a free port of `address` and talks to `server`. */
  static async open(
    sockets: DatagramSocketFactory,
    address: string,
    server: TransportAddress,
  ): Promise<CheckingPeer> {
    const peer = new CheckingPeer(server);
    peer.#socket = await sockets.bind({ address, port: 0 }, { receive: (datagram) => peer.#keep(datagram) });
    return peer;
  }

  get local(): TransportAddress | undefined {
    return this.#socket?.local;
  }

  send(...datagrams: readonly (Buffer | readonly number[])[]): void {
    for (const datagram of datagrams) this.#socket?.send(Buffer.from(datagram), this.#server);
    this.#socket?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #keep(datagram: Buffer): void {
    this.bytes += datagram.length;
    const copy = Buffer.from(datagram);
    const message = parseStun(copy);
    if (message === undefined) this.datagrams.push(copy);
    else this.answers.push(message);
  }
}
