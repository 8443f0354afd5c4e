import {
  parseRtcp,
  writeReceiverReport,
  type InboundSrtpContext,
  type NegotiatedMedia,
  type OutboundSrtpContext,
  type PeerConnectionEvent,
  type RtcpBlock,
  type StreamPlan,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { MediaTransport } from '../../backend-janus/webrtc/rtp/media-transport.ts';
import type { FakeClock } from './fake-clock.ts';
import { negotiateMedia, type LegOptions } from './media-end.ts';
import { SeededRandom } from './seeded-random.ts';
import { protectRtp, srtpKeys } from './srtp-packets.ts';

const profile = 'AEAD_AES_128_GCM';

/** Who reports in what the peer sends, unless the test says. */
const peerSsrc = 0x9ee9;

/** A peer of one MediaTransport that sends what a test writes, and shows what it was sent, before protection. */
export class RawMediaPeer {
  readonly media: MediaTransport;
  readonly events: PeerConnectionEvent[] = [];
  readonly #clock: FakeClock;
  readonly #sent: Buffer[] = [];
  #inbound: InboundSrtpContext;
  #outbound: OutboundSrtpContext;
  #keys = 1;
  readonly #negotiated: readonly NegotiatedMedia[];

  /** `plans` are those of the MediaTransport, which offers. */
  constructor(clock: FakeClock, plans: readonly StreamPlan[], options: LegOptions = {}) {
    const parts = { clock, random: new SeededRandom(3), srtp: srtpContexts };
    const { slowLinkThreshold = 0 } = options;
    this.#clock = clock;
    this.media = new MediaTransport(parts, { cname: 'raw', slowLinkThreshold }, (event) =>
      this.events.push(event),
    );
    this.media.bind({
      path: undefined,
      lend: () => Buffer.alloc(1600),
      send: (datagram) => this.#sent.push(datagram),
      flush: () => undefined,
    });
    this.#negotiated = negotiateMedia(plans, 100, options)[0].media;
    this.resume();
    [this.#inbound, this.#outbound] = this.#start();
  }

  /** Is another peer from here on, with keys of its own. */
  restart(): void {
    this.media.restart();
    [this.#inbound, this.#outbound] = this.#start();
  }

  /** Takes and sends nothing on any m-line until it resumes. */
  hold(): void {
    this.media.negotiated(
      this.#negotiated.map(({ mid, index, kind }) => ({
        mid,
        index,
        kind,
        isRejected: false,
        direction: 'inactive',
      })),
    );
  }

  /** Its payload types are higher by `step` from here on, and it no longer names its SSRCs. */
  renumber(step: number): void {
    this.media.negotiated(
      this.#negotiated.map(({ receive, ...media }) => ({
        ...media,
        ...(receive && {
          receive: {
            ...receive,
            ssrcs: [],
            codecs: new Map(
              [...receive.codecs].map(([type, codec]) => [
                type + step,
                { ...codec, payloadType: type + step, rtxOf: codec.rtxOf && codec.rtxOf + step },
              ]),
            ),
          },
        }),
      })),
    );
  }

  /** Everything flows as negotiated at first. */
  resume(): void {
    this.media.negotiated(this.#negotiated);
  }

  /** Sends a packet. */
  rtp(packet: Buffer): void {
    this.media.rtp(protectRtp(this.#outbound, packet), this.#clock.now());
  }

  /** Sends reports, behind an empty one of its own. */
  rtcp(...blocks: readonly Buffer[]): void {
    const first = Buffer.alloc(8);
    writeReceiverReport(first, 0, peerSsrc);
    const packet = Buffer.concat([first, ...blocks]);
    const out = Buffer.alloc(packet.length + this.#outbound.overhead);
    this.media.rtcp(out.subarray(0, this.#outbound.protectRtcp(packet, out)), this.#clock.now());
  }

  /** The packets sent to it since the last call, and what was reported between them. */
  take(): { readonly rtp: readonly Buffer[]; readonly rtcp: readonly RtcpBlock[] } {
    const rtp: Buffer[] = [];
    const rtcp: RtcpBlock[] = [];
    for (const datagram of this.#sent.splice(0)) {
      const type = datagram.readUInt8(1) & 0x7f;
      const isRtcp = type >= 64 && type < 96;
      const bytes = isRtcp ? this.#inbound.unprotectRtcp(datagram) : this.#inbound.unprotectRtp(datagram);
      if (bytes < 0) throw new RangeError(`what was sent is refused: ${bytes}`);
      if (isRtcp) rtcp.push(...(parseRtcp(datagram.subarray(0, bytes)) ?? []));
      else rtp.push(datagram.subarray(0, bytes));
    }
    return { rtp, rtcp };
  }

  #start(): [InboundSrtpContext, OutboundSrtpContext] {
    const [theirs, ours] = [srtpKeys(profile, this.#keys), srtpKeys(profile, this.#keys + 1)];
    this.#keys += 2;
    this.media.start(theirs, ours);
    return [srtpContexts.inbound(ours), srtpContexts.outbound(theirs)];
  }
}
