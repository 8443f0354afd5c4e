import type { Page } from 'playwright-core';

/** What the browser counts of a page's peer connections, summed up (W3C webrtc-stats). */
export interface PeerSight {
  /** Peer connections that the page has made. */
  readonly connections: number;
  /** Changes of their `signalingState`, two for an offer with its answer. */
  readonly signalingChanges: number;
  /** The mids of their transceivers. */
  readonly mids: readonly (string | null)[];
  readonly framesDecoded: number;
  readonly audioPackets: number;
  /** As `totalAudioEnergy` has it; stands still in silence. */
  readonly audioEnergy: number;
  readonly videoBytesSent: number;
}

/** Watches what a page makes from now on with `RTCPeerConnection`, beside the page's own counters. */
export class PagePeers {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async watch(page: Page): Promise<PagePeers> {
    await page.evaluate(watchPeers);
    return new PagePeers(page);
  }

  look(): Promise<PeerSight> {
    return this.#page.evaluate<PeerSight>('window.lookAtPeers()');
  }

  /** Resolves with bits of video sent per second, measured over one. */
  async videoBitsPerSecond(): Promise<number> {
    return (await this.#change((sight) => sight.videoBytesSent)) * 8;
  }

  /** Whether the counter is the same a second later. */
  async isStill(field: 'framesDecoded' | 'audioPackets' | 'audioEnergy'): Promise<boolean> {
    return (await this.#change((sight) => sight[field])) === 0;
  }

  async #change(of: (sight: PeerSight) => number): Promise<number> {
    const before = of(await this.look());
    await this.#page.waitForTimeout(1000);
    return of(await this.look()) - before;
  }
}

/** In the browser's words, because Node's compiler does not know a page. */
const watchPeers = `(() => {
  const peers = [];
  let signalingChanges = 0;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...settings) {
      super(...settings);
      peers.push(this);
      this.addEventListener('signalingstatechange', () => (signalingChanges += 1));
    }
  };
  const counted = [
    ['framesDecoded', 'inbound-rtp', 'video', 'framesDecoded'],
    ['audioPackets', 'inbound-rtp', 'audio', 'packetsReceived'],
    ['audioEnergy', 'inbound-rtp', 'audio', 'totalAudioEnergy'],
    ['videoBytesSent', 'outbound-rtp', 'video', 'bytesSent'],
  ];
  window.lookAtPeers = async () => {
    const all = await Promise.all(peers.map((peer) => peer.getStats()));
    const reports = all.flatMap((report) => [...report.values()]);
    const sums = counted.map(([name, type, kind, field]) => [
      name,
      reports.filter((one) => one.type === type && one.kind === kind).reduce((sum, one) => sum + (one[field] ?? 0), 0),
    ]);
    const mids = peers.flatMap((peer) => peer.getTransceivers().map(({ mid }) => mid));
    return { connections: peers.length, signalingChanges, mids, ...Object.fromEntries(sums) };
  };
})()`;
