import type { Encoding, PeerConnection, PeerConnectionEvent, RtpPacket } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { plansFor } from '../../contract/peer-connection/subject.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';
import { VirtualPeer } from '../../support/virtual-peer.ts';

/** The WebRTC stack on a virtual network, one connection of it, and what the connection told. */
export class OneConnection implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly network: VirtualNetwork;
  readonly webrtc: WebRtc;
  readonly connection: PeerConnection;
  readonly events: PeerConnectionEvent[] = [];
  readonly encodings: Encoding[] = [];
  /** Sequence numbers of what arrived, in order. */
  readonly arrived: number[] = [];

  private constructor(clock: FakeClock, network: VirtualNetwork, webrtc: WebRtc) {
    this.clock = clock;
    this.network = network;
    this.webrtc = webrtc;
    this.connection = webrtc.create({ id: 'one', connectTimeoutMs: 20_000 }, (event) => this.#hear(event));
  }

  /** `delayMs` is how long each datagram takes. */
  static async open(delayMs = 0): Promise<OneConnection> {
    const clock = new FakeClock();
    const network = new VirtualNetwork(clock, { delayMs });
    const surroundings = { clock, random: new SeededRandom(), sockets: network, srtp: srtpContexts };
    const local = { address: '192.0.2.9', port: 10_000 };
    return new OneConnection(
      clock,
      network,
      await WebRtc.open(surroundings, { local, announcedAddresses: [] }),
    );
  }

  peer(address?: string): Promise<VirtualPeer> {
    const { clock, network } = this;
    return VirtualPeer.open({ clock, network, server: this.webrtc.local }, address);
  }

  /** What it told, but for streams. */
  get told(): string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'stream' || event.type === 'media') return [];
      return event.type === 'closed' ? [`closed ${event.reason}`] : [event.type];
    });
  }

  /** An offer of the peer, answered as it is. */
  async negotiate(peer: VirtualPeer, options?: { readonly restartsIce: boolean }): Promise<void> {
    const offer = await peer.offer(['audio'], options);
    const answer = await this.connection.answer(offer, plansFor(offer));
    await peer.accept(answer);
  }

  /** Negotiates, and lets the two connect; packets of the audio are heard from then on. */
  async connect(peer: VirtualPeer): Promise<void> {
    await this.negotiate(peer);
    await this.pass(200);
    this.listen();
  }

  listen(): void {
    this.connection.receive('0', (encoding) => {
      this.encodings.push(encoding);
      return {
        write: (packet: RtpPacket) => void this.arrived.push(packet.sequenceNumber),
        senderReport: () => undefined,
      };
    });
  }

  /** Lets time pass, a little at a time, so that what takes promises comes along. */
  async pass(ms: number): Promise<void> {
    const stepMs = Math.max(10, ms / 400);
    for (let left = ms; left > 0; left -= stepMs) {
      await this.clock.run(Math.min(stepMs, left));
      await settle();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.webrtc[Symbol.asyncDispose]();
  }

  #hear(event: PeerConnectionEvent): void {
    this.events.push(event);
  }
}
