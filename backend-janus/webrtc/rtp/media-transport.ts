import {
  extensionUri,
  parseRtcp,
  refusal,
  restoreRetransmission,
  RtpPacket,
  type Encoding,
  type InboundSrtpContext,
  type NegotiatedMedia,
  type OutboundSrtpContext,
  type PeerConnectionEvent,
  type PeerConnectionStats,
  type ReportBlock,
  type RtcpBlock,
  type RtpSender,
  type RtpSink,
  type SrtpContextFactory,
  type SrtpKeys,
} from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import type { MuxPeer } from '../udp-mux.ts';
import { MediaSection } from './media-section.ts';
import type { ReceiveStream } from './receive-stream.ts';
import { RtcpOutlet } from './rtcp-outlet.ts';
import type { SendStream } from './send-stream.ts';

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

/** Where an SSRC belongs, found once; one of retransmissions has no stream of its own. */
interface Place {
  readonly section: MediaSection;
  readonly stream: ReceiveStream | undefined;
}

/**
 * RTP and RTCP of one connection (RFC 3550, RFC 4585), from the arrived datagram to the sinks and back to the port.
 *
 * Limits: no transport-wide congestion control; losses are asked for as packets arrive, so the last packet before a
 * pause is not.
 */
export class MediaTransport implements Disposable {
  readonly #parts: MediaParts;
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #rtcp: RtcpOutlet;
  /** Who reports, where nothing is sent. */
  readonly #ssrc: number;
  readonly #sections = new Map<string, MediaSection>();
  readonly #places = new Map<number, Place>();
  readonly #repaired = new Map<number, number>();
  readonly #refused = { unknown_address: 0, malformed: 0, unauthentic: 0, replayed: 0, unknown_stream: 0 };
  #peer: MuxPeer | undefined;
  #inbound: InboundSrtpContext | undefined;
  #outbound: OutboundSrtpContext | undefined;
  #bitrateLimit: number | undefined;
  #bytesReceived = 0;
  #bytesSent = 0;

  constructor(parts: MediaParts, cname: string, onEvent: (event: PeerConnectionEvent) => void) {
    this.#parts = parts;
    this.#onEvent = onEvent;
    this.#ssrc = parts.random.uint32();
    this.#rtcp = new RtcpOutlet(cname, (packet) => this.#sendRtcp(packet));
  }

  /** Where datagrams go; call it before `start`. */
  bind(peer: MuxPeer): void {
    this.#peer = peer;
  }

  /** Packets flow from here on. */
  start(inbound: SrtpKeys, outbound: SrtpKeys): void {
    this.#inbound = this.#parts.srtp.inbound(inbound);
    this.#outbound = this.#parts.srtp.outbound(outbound);
  }

  /** Takes what an offer and its answer made of the m-lines. */
  negotiated(media: readonly NegotiatedMedia[]): void {
    for (const description of media) {
      const { mid, kind } = description;
      if (kind !== 'audio' && kind !== 'video') continue;
      const section = this.#sections.get(mid) ?? new MediaSection(this.#parts.clock, mid, kind);
      this.#sections.set(mid, section);
      if (section.negotiated(description, this.#outlet)) this.#onEvent({ type: 'stream', mid, kind });
      for (const { ssrc, rtxSsrc } of description.receive?.ssrcs ?? [])
        if (rtxSsrc !== undefined) this.#repaired.set(rtxSsrc, ssrc);
    }
  }

  receive(mid: string, open: (encoding: Encoding) => RtpSink): Disposable {
    return this.#section(mid).attach(open);
  }

  /** Throws RangeError if `mid` does not send. */
  sender(mid: string): RtpSender {
    const send = this.#section(mid).send;
    if (send === undefined) throw new RangeError(`${mid} does not send`);
    return send;
  }

  rtp(datagram: Buffer, now: number): void {
    const bytes = this.#inbound?.unprotectRtp(datagram);
    if (bytes === undefined) return;
    if (bytes < 0) return this.#refuse(bytes);
    const packet = RtpPacket.parse(datagram.subarray(0, bytes));
    if (packet === undefined) return void (this.#refused.malformed += 1);
    this.#bytesReceived += bytes;
    if (!this.#route(packet, now)) this.#refused.unknown_stream += 1;
  }

  rtcp(datagram: Buffer, now: number): void {
    const bytes = this.#inbound?.unprotectRtcp(datagram);
    if (bytes === undefined) return;
    if (bytes < 0) return this.#refuse(bytes);
    const blocks = parseRtcp(datagram.subarray(0, bytes));
    if (blocks === undefined) return void (this.#refused.malformed += 1);
    for (const block of blocks) this.#act(block, now);
  }

  /** Asks the peer for a keyframe, at once or as soon as the last request is old enough. */
  requestKeyframe(mid: string, rid?: string): void {
    const section = this.#sections.get(mid);
    section?.wantKeyframe(rid);
    if (section === undefined) return;
    this.#askKeyframes(section, this.#parts.clock.now());
    this.#peer?.flush();
  }

  /** Limits what the peer sends, all its streams together; the peer is told now and each second. */
  limitBitrate(bitsPerSecond: number): void {
    this.#bitrateLimit = bitsPerSecond;
    this.#sendRemb();
    this.#peer?.flush();
  }

  /** Once a second: reports, what is still wanted of the peer, and which media fell silent. */
  tick(now: number): void {
    for (const section of this.#sections.values()) {
      this.#report(section, now);
      this.#askKeyframes(section, now);
      if (section.fellSilent(now)) this.#onEvent({ type: 'media', mid: section.mid, isFlowing: false });
    }
    this.#sendRemb();
  }

  stats(): PeerConnectionStats {
    let packetsLost = 0;
    for (const { stream } of this.#places.values()) packetsLost += stream?.statistics.lost ?? 0;
    return {
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
      packetsLost,
      refused: { ...this.#refused },
      roundTripMs: this.#roundTripMs,
    };
  }

  [Symbol.dispose](): void {
    this.#inbound = undefined;
    this.#outbound = undefined;
    this.#sections.clear();
    this.#places.clear();
  }

  get #roundTripMs(): number | undefined {
    for (const { send } of this.#sections.values())
      if (send?.roundTripMs !== undefined) return send.roundTripMs;
    return undefined;
  }

  #section(mid: string): MediaSection {
    const section = this.#sections.get(mid);
    if (section === undefined) throw new RangeError(`there is no m-line ${mid}`);
    return section;
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
    if (codec.rtxOf !== undefined) return this.#restore(packet, place.section, codec.rtxOf, now);
    if (place.stream !== undefined) this.#deliver(packet, place.section, place.stream, false, now);
    return place.stream !== undefined;
  }

  /** A packet that repeats a lost one of another stream (RFC 4588 section 4). */
  #restore(packet: RtpPacket, section: MediaSection, payloadType: number, now: number): boolean {
    const repaired = this.#repaired.get(packet.ssrc) ?? onlyOne(section);
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
    const lost = stream.lost(now);
    if (lost.length > 0) this.#rtcp.nack(this.#reporter(section), stream.encoding.ssrc, lost);
  }

  #learn(packet: RtpPacket): Place | undefined {
    const section = this.#places.size < mostPlaces ? this.#sectionOf(packet) : undefined;
    const codec = section?.codec(packet.payloadType);
    if (section === undefined || codec === undefined) return undefined;
    const stream = codec.rtxOf === undefined ? section.admit(packet) : undefined;
    if (codec.rtxOf === undefined && stream === undefined) return undefined;
    const place = { section, stream };
    this.#places.set(packet.ssrc, place);
    return place;
  }

  /** The m-line of a packet whose SSRC is new (RFC 8843 section 9.2): by its mid, its SSRC, its payload type. */
  #sectionOf(packet: RtpPacket): MediaSection | undefined {
    for (const section of this.#sections.values()) {
      const id = section.receive?.extensions.get(extensionUri.mid);
      const mid = id === undefined ? undefined : packet.extension(id)?.toString('latin1');
      if (mid !== undefined) return this.#sections.get(mid);
    }
    const possible = [...this.#sections.values()].filter(({ receive }) =>
      receive?.ssrcs.some(({ ssrc, rtxSsrc }) => ssrc === packet.ssrc || rtxSsrc === packet.ssrc),
    );
    if (possible[0] !== undefined) return possible[0];
    const fitting = [...this.#sections.values()].filter((section) => section.codec(packet.payloadType));
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  #act(block: RtcpBlock, now: number): void {
    switch (block.type) {
      case 'sender_report':
        this.#places.get(block.sender)?.stream?.senderReport(block, now);
        return this.#heed(block.reports);
      case 'receiver_report':
        return this.#heed(block.reports);
      case 'nack':
        return this.#sendStream(block.media)?.feedback(block);
      case 'pli':
        return this.#sendStream(block.media)?.feedback({ type: 'keyframe' });
      case 'fir':
        for (const { ssrc } of block.requests) this.#sendStream(ssrc)?.feedback({ type: 'keyframe' });
        return;
      case 'remb':
        for (const { send } of this.#sections.values())
          send?.feedback({ type: 'bandwidth', bitsPerSecond: block.bitsPerSecond });
        return;
      case 'bye':
        return this.#forget(block.ssrcs);
      case 'transport_feedback':
        return;
    }
  }

  #heed(reports: readonly ReportBlock[]): void {
    for (const report of reports) this.#sendStream(report.ssrc)?.reported(report);
  }

  #forget(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      this.#places.get(ssrc)?.section.forget(ssrc);
      this.#places.delete(ssrc);
    }
  }

  #sendStream(ssrc: number): SendStream | undefined {
    for (const { send } of this.#sections.values()) if (send?.parameters.ssrc === ssrc) return send;
    return undefined;
  }

  /** The SSRC that speaks for an m-line. */
  #reporter(section: MediaSection): number {
    return section.send?.parameters.ssrc ?? this.#ssrc;
  }

  #report(section: MediaSection, now: number): void {
    const received = [...section.streams.values()].flatMap((stream) => stream.report(now) ?? []);
    const sent = section.send?.statistics.report(this.#parts.clock.wallTime());
    if (sent !== undefined || received.length > 0) this.#rtcp.report(this.#reporter(section), sent, received);
  }

  #askKeyframes(section: MediaSection, now: number): void {
    const due = section.keyframesDue(now);
    if (due.length > 0) this.#rtcp.pli(this.#reporter(section), due);
  }

  #sendRemb(): void {
    if (this.#bitrateLimit === undefined) return;
    const limited = [...this.#sections.values()].filter(({ receive }) => receive?.feedback.remb);
    const ssrcs = limited.flatMap(({ streams }) => [...streams.keys()]);
    const [first] = limited;
    if (first !== undefined && ssrcs.length > 0)
      this.#rtcp.remb(this.#reporter(first), this.#bitrateLimit, ssrcs);
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

  #transmit(out: Buffer, bytes: number): boolean {
    if (bytes <= 0 || this.#peer === undefined) return false;
    this.#bytesSent += bytes;
    this.#peer.send(out.subarray(0, bytes));
    return true;
  }
}

function onlyOne(section: MediaSection): number | undefined {
  const media = [...section.streams.keys()];
  return media.length === 1 ? media[0] : undefined;
}
