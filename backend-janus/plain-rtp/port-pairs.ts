import { NegotiationError } from '#janus/media';
import type { DatagramReceiver, DatagramSocket, DatagramSocketFactory, Random } from '#services/kernel';

/** UDP ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A socket for RTP on an even port, and one for RTCP on the next (RFC 3550 section 11). */
export interface PortPair {
  readonly rtp: DatagramSocket;
  readonly rtcp: DatagramSocket;
}

/** Pairs tried before giving up, so that a full range costs a bounded time; with half of it free one is found. */
const mostTries = 64;

/** Socket pairs at random places of a range, so that nobody can tell which port is next. */
export class PortPairs {
  readonly #sockets: DatagramSocketFactory;
  readonly #random: Random;
  readonly #address: string;
  readonly #firstEven: number;
  readonly #count: number;

  /** Throws RangeError if the range holds no even port with one behind it. */
  constructor(sockets: DatagramSocketFactory, random: Random, address: string, { first, last }: PortRange) {
    this.#sockets = sockets;
    this.#random = random;
    this.#address = address;
    this.#firstEven = first + (first % 2);
    this.#count = Math.floor((last - this.#firstEven + 1) / 2);
    if (this.#count < 1) throw new RangeError(`no pair of ports from ${first} to ${last}`);
  }

  /** Binds a free pair. Rejects with NegotiationError if none of those tried is free. */
  async bind(rtp: DatagramReceiver, rtcp: DatagramReceiver): Promise<PortPair> {
    const start = this.#random.uint32() % this.#count;
    for (let tried = 0; tried < Math.min(this.#count, mostTries); tried += 1) {
      const port = this.#firstEven + 2 * ((start + tried) % this.#count);
      const pair = await this.#bindAt(port, rtp, rtcp);
      if (pair !== undefined) return pair;
    }
    throw new NegotiationError('no pair of ports is free for plain RTP');
  }

  async #bindAt(port: number, rtp: DatagramReceiver, rtcp: DatagramReceiver): Promise<PortPair | undefined> {
    const first = await this.#tryPort(port, rtp);
    if (first === undefined) return undefined;
    try {
      const second = await this.#tryPort(port + 1, rtcp);
      if (second !== undefined) return { rtp: first, rtcp: second };
    } catch (cause) {
      await first[Symbol.asyncDispose]();
      throw cause;
    }
    await first[Symbol.asyncDispose]();
    return undefined;
  }

  /** Undefined if the port is taken. */
  async #tryPort(port: number, receiver: DatagramReceiver): Promise<DatagramSocket | undefined> {
    try {
      return await this.#sockets.bind({ address: this.#address, port }, receiver);
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') return undefined;
      throw cause;
    }
  }
}
