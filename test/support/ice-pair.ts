import type { TransportAddress } from '#services/kernel';
import {
  UdpMux,
  type IceCredentials,
  type MuxPeer,
  type RemoteAgent,
  type UdpMuxLimits,
} from '../../backend-janus/webrtc/udp-mux.ts';
import { FakeClock } from './fake-clock.ts';
import { HeardDatagrams } from './mux-world.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualNetwork, type VirtualNetworkOptions } from './virtual-network.ts';

/** One port with one peer, and what the description of it says. */
export class IceEnd {
  readonly mux: UdpMux;
  readonly heard = new HeardDatagrams();
  readonly peer: MuxPeer;
  credentials: IceCredentials;

  constructor(mux: UdpMux, credentials: IceCredentials) {
    this.mux = mux;
    this.credentials = credentials;
    this.peer = mux.add(credentials, this.heard);
  }

  /** With the addresses of the port as candidates. */
  get described(): RemoteAgent {
    const { ufrag, password } = this.credentials;
    return { ufrag, password, candidates: this.mux.locals.map(candidateOf) };
  }

  restart(credentials: IceCredentials): void {
    this.credentials = credentials;
    this.peer.restart(credentials);
  }
}

/** Two ports on a virtual network, each with a peer that is the other one. */
export class IcePair implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly network: VirtualNetwork;
  readonly #random: SeededRandom;
  readonly #limits: Partial<UdpMuxLimits> | undefined;
  readonly #ends: IceEnd[] = [];

  constructor(options: VirtualNetworkOptions = {}, limits?: Partial<UdpMuxLimits>, seed = 1) {
    this.#random = new SeededRandom(seed);
    this.network = new VirtualNetwork(this.clock, { random: this.#random, ...options });
    this.#limits = limits;
  }

  /** One that can check, on port 10,000 of each address. */
  async open(name: string, ...addresses: readonly string[]): Promise<IceEnd> {
    const locals = addresses.map((address) => ({ address, port: 10_000 }));
    const parts = { clock: this.clock, random: this.#random };
    const mux = await UdpMux.open(this.network, locals, this.#limits, parts);
    const end = new IceEnd(mux, credentialsOf(name));
    this.#ends.push(end);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { mux } of this.#ends) await mux[Symbol.asyncDispose]();
  }
}

/** Different ones for each name, of at least four letters. */
export function credentialsOf(name: string): IceCredentials {
  return { ufrag: name, password: `${name}+password+of/enough+length` };
}

/** `at` as a host candidate; of several the first is the best. */
export function candidateOf({ address, port }: TransportAddress, index = 0): string {
  return `candidate:${index + 1} 1 udp ${2_130_706_431 - index} ${address} ${port} typ host`;
}
