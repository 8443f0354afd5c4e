import {
  parseRtcp,
  PeerBandwidth,
  refusal,
  restoreRetransmission,
  RtpPacket,
  TokenBucket,
  type Encoding,
  type InboundSrtpContext,
  type NegotiatedMedia,
  type OutboundSrtpContext,
  type PeerConnectionEvent,
  type PeerConnectionStats,
  type RemoteSsrc,
  type RtpSender,
  type RtpSink,
  type SrtpContextFactory,
  type SrtpKeys,
} from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import type { MuxPeer } from '../udp-mux.ts';
import { MediaSection } from './media-section.ts';
import type { Outlet } from './outlet.ts';
import { OwnReports } from './reports/own-reports.ts';
import { PeerReports } from './reports/peer-reports.ts';
import type { ReceiveStream } from './receive-stream.ts';
import { RtcpOutlet } from './reports/rtcp-outlet.ts';
import { sectionOf } from './section-of.ts';
import { SlowLinks } from './reports/slow-links.ts';
import { lostPackets, noRefusals, streamStats } from './reports/stream-stats.ts';
import { WakeUp } from './wake-up.ts';

/** What the media of one connection needs of its surroundings. */
export interface MediaParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly srtp: SrtpContextFactory;
}

/** A packet must fit an Ethernet frame. */
const mostPacketBytes = 1500;

/** SSRCs of one connection: its streams, and those of their retransmissions. */
const mostPlaces = 64;

/** RTCP of one peer: twenty times what a browser with a dozen streams and many losses sends. */
const rtcpRate = { perSecond: 500, burst: 500 };

/** The way to the peer. */
export type MediaPath = Pick<MuxPeer, 'lend' | 'send' | 'flush' | 'path'>;

/** What a MediaTransport is told of its connection. */
export interface MediaOptions {
  /** The same for all streams of the connection (RFC 7022). */
  readonly cname: string;
  /** As in PeerConnectionOptions. */
  readonly slowLinkThreshold: number;
}

/** Where an SSRC belongs, found once; one of retransmissions has no stream of its own. */
interface Place {
  readonly section: MediaSection;
  readonly stream: ReceiveStream | undefined;
}

/**
 * RTP and RTCP of one connection (RFC 3550, RFC 4585), from the arrived datagram to the sinks and back to the port.
 */
export class MediaTransport implements Disposable {
  readonly #parts: MediaParts;
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #bandwidth = new PeerBandwidth();
  readonly #own: OwnReports;
  readonly #peers: PeerReports;
  readonly #slowLinks: SlowLinks;
  readonly #wakeUp: WakeUp;
  readonly #wayOut: Outlet;
  readonly #rtcpBucket = new TokenBucket(rtcpRate);
  readonly #sections = new Map<string, MediaSection>();
  readonly #places = new Map<number, Place>();
  readonly #repaired = new Map<number, number>();
  readonly #refused = noRefusals();
  #peer: MediaPath | undefined;
  #inbound: InboundSrtpContext | undefined;
  #outbound: OutboundSrtpContext | undefined;
  #bytesReceived = 0;
  #bytesSent = 0;
  #heardAt = -Infinity;

  constructor(parts: MediaParts, options: MediaOptions, onEvent: (event: PeerConnectionEvent) => void) {
    const rtcp = new RtcpOutlet(options.cname, (packet) => this.#sendRtcp(packet));
    this.#parts = parts;
    this.#onEvent = onEvent;
    this.#own = new OwnReports(parts.clock, rtcp, this.#sections, parts.random.uint32());
    this.#peers = new PeerReports(
      {
        sections: this.#sections,
        received: (ssrc) => this.#places.get(ssrc)?.stream,
        ended: (ssrc) => this.#forget(ssrc),
      },
      this.#bandwidth,
    );
    this.#slowLinks = new SlowLinks(options.slowLinkThreshold, onEvent);
    this.#wakeUp = new WakeUp(parts.clock, () => this.#work(parts.clock.now()));
    this.#wayOut = {
      numbers: this.#bandwidth.estimate.numbers,
      send: this.#outlet,
      protect: (head, headBytes, packet, skip, out) =>
        this.#outbound?.protectRtp(head, headBytes, packet, skip, out) ?? 0,
      repeat: (bytes) => this.#repeat(bytes),
    };
  }

  /** Where datagrams go; call it before `start`. */
  bind(peer: MediaPath): void {
    this.#peer = peer;
  }

  /** When the last packet came that was the peer's for certain; -Infinity before the first. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Packets flow from here on. */
  start(inbound: SrtpKeys, outbound: SrtpKeys): void {
    this.#inbound = this.#parts.srtp.inbound(inbound);
    this.#outbound = this.#parts.srtp.outbound(outbound);
  }

  /** The peer was made anew: its keys and its streams are no more. What is sent goes on under the next keys. */
  restart(): void {
    this.#inbound = undefined;
    this.#outbound = undefined;
    for (const section of this.#sections.values()) section.restart();
    this.#own.restart();
    this.#places.clear();
    this.#repaired.clear();
  }

  /** Takes what an offer and its answer made of the m-lines. Those that are rejected, or no longer there, end. */
  negotiated(media: readonly NegotiatedMedia[]): void {
    const live = media.filter(({ isRejected }) => !isRejected);
    for (const section of [...this.#sections.values()])
      if (!live.some(({ mid, kind }) => mid === section.mid && kind === section.kind)) this.#remove(section);
    this.#repaired.clear();
    for (const description of live) {
      const { mid, kind } = description;
      if (kind !== 'audio' && kind !== 'video') continue;
      const section = this.#sections.get(mid) ?? new MediaSection(this.#parts.clock, mid, kind);
      this.#sections.set(mid, section);
      if (description.send === undefined) this.#own.ended(section);
      if (!section.goesOn(description.receive)) this.#forgetAll(section);
      if (section.negotiated(description, this.#wayOut)) this.#onEvent({ type: 'stream', mid, kind });
      this.#announced(section, description.receive?.ssrcs ?? []);
    }
  }

  receive(mid: string, open: (encoding: Encoding) => RtpSink): Disposable {
    return this.#sections.get(mid)?.attach(open) ?? { [Symbol.dispose]: () => undefined };
  }

  /** Throws RangeError if `mid` does not send. */
  sender(mid: string): RtpSender {
    const send = this.#sections.get(mid)?.send;
    if (send === undefined) throw new RangeError(`${mid} does not send`);
    return send;
  }

  rtp(datagram: Buffer, now: number): void {
    const bytes = this.#inbound?.unprotectRtp(datagram);
    if (bytes === undefined) return;
    if (bytes < 0) return this.#refuse(bytes);
    this.#heardAt = now;
    const packet = RtpPacket.parse(datagram.subarray(0, bytes));
    if (packet === undefined) return void (this.#refused.malformed += 1);
    this.#bytesReceived += bytes;
    if (!this.#route(packet, now)) this.#refused.unknown_stream += 1;
  }

  rtcp(datagram: Buffer, now: number): void {
    if (!this.#rtcpBucket.take(now)) return void (this.#refused.rate += 1);
    const bytes = this.#inbound?.unprotectRtcp(datagram);
    if (bytes === undefined) return;
    if (bytes < 0) return this.#refuse(bytes);
    this.#heardAt = now;
    const blocks = parseRtcp(datagram.subarray(0, bytes));
    if (blocks === undefined) return void (this.#refused.malformed += 1);
    for (const block of blocks) this.#peers.heed(block, now);
    this.#peers.tellBandwidth(now);
    this.#wakeUp.before(this.#bandwidth.deadline);
  }

  /** Asks the peer for a keyframe, at once or as soon as the last request is old enough. */
  requestKeyframe(mid: string, rid?: string): void {
    const section = this.#sections.get(mid);
    if (section === undefined) return;
    this.#own.requestKeyframe(section, rid, this.#parts.clock.now());
    this.#wakeUp.before(section.keyframeDeadline);
    this.#peer?.flush();
  }

  /** Limits what the peer sends, all its streams together; the peer is told now and each second. */
  limitBitrate(bitsPerSecond: number): void {
    this.#own.limitBitrate(bitsPerSecond);
    this.#peer?.flush();
  }

  /** Once a second: reports, and which media fell silent or lost packets. */
  tick(now: number): void {
    this.#own.tick(now);
    for (const section of this.#sections.values()) {
      this.#slowLinks.look(section);
      if (section.fellSilent(now)) this.#onEvent({ type: 'media', mid: section.mid, isFlowing: false });
    }
  }

  /** Tells the peer that our streams end, while there is still a way to it. */
  goodbye(): void {
    this.#own.goodbye();
    this.#peer?.flush();
  }

  stats(): PeerConnectionStats {
    return {
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      packetsLost: lostPackets(this.#sections.values()),
      refused: { ...this.#refused },
      roundTripMs: this.#own.roundTripMs,
      availableBitsPerSecond: this.#bandwidth.bitsPerSecond(this.#parts.clock.now()),
      bitrateLimit: this.#own.bitrateLimit,
      path: this.#peer?.path,
      streams: [...this.#sections.values()].flatMap(streamStats),
    };
  }

  [Symbol.dispose](): void {
    this.#wakeUp[Symbol.dispose]();
    this.restart();
    this.#sections.clear();
  }

  /** What was due at some time: losses, keyframes and feedback to the peer, its bandwidth to those who send to it. */
  #work(now: number): void {
    this.#own.work(now);
    this.#peers.tellBandwidth(now);
    this.#wakeUp.before(Math.min(this.#own.deadline, this.#bandwidth.deadline));
    this.#peer?.flush();
  }

  /** Where a peer names its SSRCs, those that it no longer names are over. */
  #announced(section: MediaSection, sources: readonly RemoteSsrc[]): void {
    const named = new Set<number>();
    for (const { ssrc, rtxSsrc } of sources) {
      named.add(ssrc);
      if (rtxSsrc === undefined) continue;
      named.add(rtxSsrc);
      this.#repaired.set(rtxSsrc, ssrc);
    }
    if (named.size === 0) return;
    for (const [ssrc, place] of this.#places)
      if (place.section === section && !named.has(ssrc)) this.#forget(ssrc);
  }

  /** Its SSRCs are free for others, and nothing is sent on it any more. */
  #remove(section: MediaSection): void {
    this.#own.ended(section);
    this.#sections.delete(section.mid);
    section.end();
    this.#forgetAll(section);
    this.#onEvent({ type: 'stream_ended', mid: section.mid });
  }

  #refuse(reason: number): void {
    if (reason === refusal.replayed) this.#refused.replayed += 1;
    else if (reason === refusal.unauthentic) this.#refused.unauthentic += 1;
    else this.#refused.malformed += 1;
  }

  /** False if the packet belongs to no stream that was negotiated. */
  #route(packet: RtpPacket, now: number): boolean {
    const place = this.#places.get(packet.ssrc) ?? this.#learn(packet);
    const codec = place?.section.codec(packet.payloadType);
    if (place === undefined || codec === undefined) return false;
    this.#noteArrival(packet, place.section, now);
    if (codec.rtxOf !== undefined) return this.#restore(packet, place.section, codec.rtxOf, now);
    if (place.stream !== undefined) this.#deliver(packet, place.section, place.stream, false, now);
    return place.stream !== undefined;
  }

  #noteArrival(packet: RtpPacket, { transportWideId }: MediaSection, now: number): void {
    const number = transportWideId === 0 ? -1 : packet.extensionUint16(transportWideId);
    if (number >= 0) this.#wakeUp.before(this.#own.arrived(number, packet.ssrc, now));
  }

  /** A packet that repeats a lost one of another stream (RFC 4588 section 4). */
  #restore(packet: RtpPacket, section: MediaSection, payloadType: number, now: number): boolean {
    const repaired = this.#repaired.get(packet.ssrc) ?? section.repairedBy(packet);
    const stream = repaired === undefined ? undefined : section.streams.get(repaired);
    if (repaired === undefined || stream === undefined) return false;
    const original = restoreRetransmission(packet, payloadType, repaired);
    if (original !== undefined) this.#deliver(original, section, stream, true, now);
    return true;
  }

  #deliver(
    packet: RtpPacket,
    section: MediaSection,
    stream: ReceiveStream,
    isRetransmission: boolean,
    now: number,
  ): void {
    if (section.arrived(stream, now)) this.#onEvent({ type: 'media', mid: section.mid, isFlowing: true });
    stream.write(packet, isRetransmission, now);
    this.#wakeUp.before(stream.deadline);
  }

  #learn(packet: RtpPacket): Place | undefined {
    const section = this.#places.size < mostPlaces ? sectionOf(packet, this.#sections) : undefined;
    const codec = section?.codec(packet.payloadType);
    if (section === undefined || codec === undefined) return undefined;
    const { dispensable } = section;
    if (dispensable !== undefined && codec.rtxOf === undefined) this.#forget(dispensable);
    const stream = codec.rtxOf === undefined ? section.admit(packet) : undefined;
    if (codec.rtxOf === undefined && stream === undefined) return undefined;
    const place = { section, stream };
    this.#places.set(packet.ssrc, place);
    return place;
  }

  /** Nothing arrives on the m-line any more, or what arrives has another meaning. */
  #forgetAll(section: MediaSection): void {
    for (const [ssrc, place] of this.#places) if (place.section === section) this.#forget(ssrc);
  }

  #forget(ssrc: number): void {
    for (const rtxSsrc of this.#places.get(ssrc)?.section.forget(ssrc) ?? []) this.#places.delete(rtxSsrc);
    this.#places.delete(ssrc);
  }

  #sendRtcp(packet: Buffer): void {
    const out = this.#peer?.lend();
    if (out !== undefined && this.#outbound !== undefined)
      this.#transmit(out, this.#outbound.protectRtcp(packet, out));
  }

  readonly #outlet = (head: Buffer, headBytes: number, packet: Buffer, skip: number): boolean => {
    if (this.#outbound === undefined || headBytes + packet.length - skip > mostPacketBytes) return false;
    const out = this.#peer?.lend();
    if (out === undefined) return false;
    return this.#transmit(out, this.#outbound.protectRtp(head, headBytes, packet, skip, out));
  };

  #repeat(bytes: Buffer): boolean {
    const out = this.#peer?.lend();
    return out !== undefined && this.#transmit(out, bytes.copy(out));
  }

  #transmit(out: Buffer, bytes: number): boolean {
    if (bytes <= 0 || this.#peer === undefined) return false;
    this.#bytesSent += bytes;
    this.#peer.send(out.subarray(0, bytes));
    return true;
  }
}
