import type { TransportAddress } from '#services/kernel';
import {
  UdpMux,
  type DatagramSink,
  type MuxPeer,
  type UdpMuxLimits,
} from '../../backend-janus/webrtc/udp-mux.ts';
import { CheckingPeer, printCheck, type CheckFields } from './checking-peer.ts';
import { FakeClock } from './fake-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** Ours. */
export const credentials = { ufrag: 'ours', password: 'a+password+of/enough+length' };
/** The beginning of a DTLS record, and whole RTP and RTCP packets. */
export const dtls = [22, 254, 253, 0];
export const rtp = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];
export const rtcp = [0x80, 201, 0, 1, 0, 0, 0, 1];

/** What a peer's sink heard, one word each. */
export class HeardDatagrams implements DatagramSink {
  readonly words: string[] = [];
  readonly moves: TransportAddress[] = [];
  dtls(datagram: Buffer): void {
    this.words.push(`dtls ${datagram.length}`);
  }
  rtp(datagram: Buffer): void {
    this.words.push(`rtp ${datagram.length}`);
    datagram.fill(0);
  }
  rtcp(datagram: Buffer): void {
    this.words.push(`rtcp ${datagram.length}`);
  }
  addressChanged(remote: TransportAddress): void {
    this.moves.push(remote);
  }
}

/** A UdpMux with one peer, on a virtual network. */
export class MuxWorld implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly network: VirtualNetwork;
  readonly heard = new HeardDatagrams();
  readonly mux: UdpMux;
  readonly peer: MuxPeer;

  private constructor(clock: FakeClock, network: VirtualNetwork, mux: UdpMux) {
    this.clock = clock;
    this.network = network;
    this.mux = mux;
    this.peer = mux.add(credentials, this.heard);
  }

  static async open(limits?: Partial<UdpMuxLimits>): Promise<MuxWorld> {
    const clock = new FakeClock();
    const network = new VirtualNetwork(clock);
    const mux = await UdpMux.open(network, { address: '192.0.2.9', port: 10_000 }, limits);
    return new MuxWorld(clock, network, mux);
  }

  client(address = '198.51.100.1'): Promise<CheckingPeer> {
    return CheckingPeer.open(this.network, address, this.mux.local);
  }

  /** A client whose checks were answered. */
  async connected(fields: CheckFields = { useCandidate: true }): Promise<CheckingPeer> {
    this.peer.expect('theirs');
    const client = await this.client();
    client.send(printCheck(credentials, 'theirs', fields));
    this.clock.advance(1);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mux[Symbol.asyncDispose]();
  }
}

/** Without what else a socket tells of its sender. */
export function plainAddress(value: TransportAddress | undefined): TransportAddress | undefined {
  return value && { address: value.address, port: value.port };
}
