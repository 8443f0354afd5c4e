import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Clock } from './clock.ts';
import type {
  DatagramReceiver,
  DatagramSocket,
  DatagramSocketFactory,
  TransportAddress,
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

/** Ethernet's payload; nothing larger passes the media ports, and what else is larger gets memory of its own. */
const slotBytes = 1500;

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
 * One bound socket. `send` copies and hands over at once, so `flush` has nothing left to do.
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

  send(datagram: Buffer, to: TransportAddress): void {
    const copy = this.#mayReach(to) ? this.#memory.lend(datagram) : undefined;
    if (copy === undefined) this.#refused += 1;
    else this.#socket.send(copy, to.port, to.address, this.#sent);
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
    this.#memory.takeBackOldest();
    if (error !== null) this.#refused += 1;
  };
}

/**
 * Memory for datagrams that the system has not read yet: a ring of slots, made as they are needed and given back in
 * the order in which they were lent.
 */
export class UdpSocketMemory {
  readonly #capacity: number;
  readonly #slots: Buffer[] = [];
  #lent = 0;
  #takenBack = 0;

  /** `capacity` is how many datagrams may be out at once. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** A copy that stays as it is until it is taken back; undefined if too many are out. */
  lend(datagram: Buffer): Buffer | undefined {
    if (this.#lent - this.#takenBack >= this.#capacity) return undefined;
    if (datagram.length > slotBytes) {
      this.#lent += 1;
      return Buffer.from(datagram);
    }
    const slot = this.#slot(this.#lent % this.#capacity);
    this.#lent += 1;
    datagram.copy(slot);
    return slot.subarray(0, datagram.length);
  }

  takeBackOldest(): void {
    this.#takenBack += 1;
    // Starting over keeps a socket that is seldom busy on its first few slots.
    if (this.#takenBack === this.#lent) this.#takenBack = this.#lent = 0;
  }

  #slot(at: number): Buffer {
    return (this.#slots[at] ??= Buffer.allocUnsafeSlow(slotBytes));
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
