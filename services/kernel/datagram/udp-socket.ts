import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from '../clock.ts';
import {
  lentBytes,
  type DatagramReceiver,
  type DatagramSocket,
  type DatagramSocketFactory,
  type TransportAddress,
} from './datagram-socket.ts';

/** Sizes of a UdpSocket. */
export interface UdpSocketOptions {
  /** Bytes the system is asked to hold for each direction; it may give less. Default 4 MiB. */
  readonly systemBufferBytes?: number;
  /**
   * Datagrams of one socket that may wait for the system; more are dropped and counted. Default 4,096, more than one
   * received packet causes. */
  readonly mostInFlight?: number;
}

const defaults = { systemBufferBytes: 4 * 1024 * 1024, mostInFlight: 4096 };

/** UDP sockets of the machine we run on, on node:dgram. Addresses are IP addresses: no name is ever resolved. */
export class UdpSocketFactory implements DatagramSocketFactory {
  readonly #clock: Clock;
  readonly #options: Required<UdpSocketOptions>;

  constructor(clock: Clock, options: UdpSocketOptions = {}) {
    this.#clock = clock;
    this.#options = { ...defaults, ...options };
  }

  /** An IPv6 socket takes IPv6 alone, so that an address has one spelling. */
  async bind(local: TransportAddress, receiver: DatagramReceiver): Promise<UdpSocket> {
    const type = local.address.includes(':') ? 'udp6' : 'udp4';
    const socket = createSocket({ type, ipv6Only: type === 'udp6', lookup: takeLiterally });
    const listening = once(socket, 'listening');
    try {
      socket.bind({ address: local.address, port: local.port, exclusive: true });
      await listening;
    } catch (cause) {
      socket.close();
      throw cause;
    }
    enlargeBuffers(socket, this.#options.systemBufferBytes);
    socket.on('message', (datagram, from) => receiver.receive(datagram, from, this.#clock.now()));
    return new UdpSocket(socket, this.#options.mostInFlight);
  }
}

/**
 * One bound socket. `send` hands over at once, so `flush` has nothing left to do; what was not written into memory that
 * the socket lent is copied.
 *
 * node:dgram reads what it sends when the system is ready for it, which may be after `send` returned.
 */
export class UdpSocket implements DatagramSocket {
  readonly local: TransportAddress;
  readonly #socket: Socket;
  readonly #memory: UdpSocketMemory;
  #refused = 0;
  #errors = 0;
  #disposal: Promise<void> | undefined;

  /** `socket` is bound; it belongs to this one from now on. */
  constructor(socket: Socket, mostInFlight: number) {
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#socket = socket;
    this.#memory = new UdpSocketMemory(mostInFlight);
    // Without a listener an error of the socket would end the process.
    socket.on('error', () => {
      this.#errors += 1;
    });
  }

  /** Datagrams that the system did not take, or that found too many waiting. */
  get refused(): number {
    return this.#refused;
  }

  /** Errors of the socket apart from sending. They end nothing. */
  get errors(): number {
    return this.#errors;
  }

  lend(): Buffer | undefined {
    return this.#memory.next;
  }

  send(datagram: Buffer, to: TransportAddress): void {
    const kept = this.#mayReach(to) ? this.#memory.keep(datagram) : undefined;
    if (kept === undefined) this.#refused += 1;
    else this.#socket.send(kept, to.port, to.address, this.#sent);
  }

  flush(): void {
    // Nothing waits: `send` has handed it over.
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= new Promise((resolve) => {
      this.#socket.close(resolve);
    });
    return this.#disposal;
  }

  /** node:dgram throws for a port it cannot send to, and for a closed socket. */
  #mayReach(to: TransportAddress): boolean {
    return this.#disposal === undefined && to.address !== '' && to.port > 0 && to.port <= 0xffff;
  }

  readonly #sent = (error: Error | null): void => {
    this.#memory.giveBackOldest();
    if (error !== null) this.#refused += 1;
  };
}

/**
 * Memory for datagrams that the system has not read yet: a ring of slots, made as they are needed and given back in
 * the order in which they were used.
 */
export class UdpSocketMemory {
  readonly #capacity: number;
  readonly #slots: Buffer[] = [];
  #used = 0;
  #givenBack = 0;

  /** `capacity` is how many datagrams may be out at once. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The slot that the next datagram may be written into; undefined if too many are out. */
  get next(): Buffer | undefined {
    if (this.#used - this.#givenBack >= this.#capacity) return undefined;
    const at = this.#used % this.#capacity;
    return (this.#slots[at] ??= Buffer.allocUnsafeSlow(lentBytes));
  }

  /**
   * Uses the next slot for a datagram, which is copied unless it was written there. What it returns stays as it is
   * until it is given back; undefined if too many are out.
   */
  keep(datagram: Buffer): Buffer | undefined {
    const slot = this.next;
    if (slot === undefined) return undefined;
    this.#used += 1;
    if (datagram.buffer === slot.buffer) return datagram;
    // Nothing larger passes the media ports; what else is larger gets memory of its own.
    if (datagram.length > lentBytes) return Buffer.from(datagram);
    datagram.copy(slot);
    return slot.subarray(0, datagram.length);
  }

  giveBackOldest(): void {
    this.#givenBack += 1;
    // Starting over keeps a socket that is seldom busy on its first few slots.
    if (this.#givenBack === this.#used) this.#givenBack = this.#used = 0;
  }
}

/** Stands in for the resolver, which would answer a tick later: addresses come from datagrams and are IP already. */
function takeLiterally(
  address: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, address, address.includes(':') ? 6 : 4);
}

function enlargeBuffers(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
    socket.setSendBufferSize(bytes);
  } catch {
    // The system's own sizes are smaller, and work.
  }
}
