import {
  offeredStreams,
  parseSdp,
  type PeerConnection,
  type PeerConnectionEvent,
  type RtpSink,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { allCodecs, mirrorStreams } from '../../../backend-janus/plugins/shared/mirror-streams.ts';
import { HostilePeer, type HostilePeerOptions, type HostileWorld } from './hostile-peer.ts';
import { streams } from './hostile-offer.ts';

/** What reached the sinks of one connection. */
export class Delivered implements RtpSink {
  packets = 0;
  reports = 0;
  feedback = 0;
  write(): void {
    this.packets += 1;
  }
  senderReport(): void {
    this.reports += 1;
  }
  get counts(): { readonly packets: number; readonly reports: number; readonly feedback: number } {
    const { packets, reports, feedback } = this;
    return { packets, reports, feedback };
  }
}

/** One connection of ours that answered the offer of a hostile peer, with a sink on each stream. */
export class HostileScene implements AsyncDisposable {
  readonly webrtc: WebRtc;
  readonly connection: PeerConnection;
  readonly peer: HostilePeer;
  readonly events: PeerConnectionEvent[] = [];
  readonly delivered = new Delivered();

  private constructor(webrtc: WebRtc, peer: HostilePeer, id: string) {
    this.webrtc = webrtc;
    this.peer = peer;
    const options = { id, connectTimeoutMs: 20_000 };
    this.connection = webrtc.create(options, (event) => this.events.push(event));
  }

  /** The stack on a port of 127.0.0.1, and the peer; nothing has been sent yet. */
  static async open(world: HostileWorld, options: HostilePeerOptions = {}): Promise<HostileScene> {
    const local = { address: '127.0.0.1', port: 0 };
    const webrtc = await WebRtc.open({ ...world, srtp: srtpContexts }, { local, announcedAddresses: [] });
    const peer = await HostilePeer.open(world, options);
    const scene = new HostileScene(webrtc, peer, 'hostile');
    await scene.#answer();
    return scene;
  }

  has(type: PeerConnectionEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
    await this.webrtc[Symbol.asyncDispose]();
  }

  async #answer(): Promise<void> {
    const { connection, delivered, peer } = this;
    const plans = mirrorStreams(offeredStreams(parseSdp(peer.offer)), allCodecs);
    peer.accept(await connection.answer(peer.offer, plans));
    for (const { mid } of [streams.audio, streams.video]) {
      connection.receive(mid, () => delivered);
      connection.sender(mid).onFeedback(() => {
        delivered.feedback += 1;
      });
    }
  }
}
