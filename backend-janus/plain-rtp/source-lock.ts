import type { LatchMode } from '#janus/media';
import { unreachable, type TransportAddress } from '#services/kernel';

/** How long after signalling an address may be learned, in milliseconds (the latching rules). */
const windowMs = 1000;

/** Whose datagram it is: the peer's, perhaps the peer's if it proves right, or somebody else's. */
export type Sender = 'peer' | 'candidate' | 'stranger';

/**
 * Which address a plain peer may send from: the announced one, or one that is learned once, in the second after the
 * signalling that named it. Without such a packet the announced address is all that is ever heard.
 */
export class SourceLock {
  readonly #mode: LatchMode;
  #announced: TransportAddress | undefined;
  #remote: TransportAddress | undefined;
  #isSettled = true;
  #openUntil = -Infinity;

  constructor(mode: LatchMode) {
    this.#mode = mode;
  }

  /** Where to send; undefined before anything was announced. */
  get remote(): TransportAddress | undefined {
    return this.#remote;
  }

  get isLatched(): boolean {
    return this.#remote !== this.#announced;
  }

  /** The peer's SDP names an address. If it is another one than before, learning begins anew, and this is true. */
  announce(address: TransportAddress, now: number): boolean {
    if (this.#announced !== undefined && isSameAddress(this.#announced, address)) return false;
    this.#announced = address;
    this.#remote = address;
    this.#isSettled = false;
    this.#openUntil = now + windowMs;
    return true;
  }

  judge(from: TransportAddress, now: number): Sender {
    if (this.#remote === undefined) return 'stranger';
    if (isSameAddress(from, this.#remote)) return 'peer';
    if (this.#isSettled || now > this.#openUntil) return 'stranger';
    switch (this.#mode) {
      case 'off':
        return 'stranger';
      case 'port':
        return from.address === this.#remote.address ? 'candidate' : 'stranger';
      case 'address':
        return 'candidate';
      default:
        return unreachable(this.#mode);
    }
  }

  /** A packet from there was right: it is the address until another one is announced. */
  settle(from: TransportAddress): void {
    if (this.#isSettled || this.#remote === undefined) return;
    this.#isSettled = true;
    // The datagram's own object may change with the next one.
    if (!isSameAddress(from, this.#remote)) this.#remote = { address: from.address, port: from.port };
  }
}

/** Addresses are compared as the system spells them. */
function isSameAddress(one: TransportAddress, other: TransportAddress): boolean {
  return one.port === other.port && one.address === other.address;
}
