import {
  NackGenerator,
  PacketFacts,
  RateSample,
  ReceptionStatistics,
  refusedSequence,
  type Encoding,
  type NegotiatedCodec,
  type ReportBlock,
  type RtpPacket,
  type RtpSink,
  type SenderReportBlock,
} from '#janus/media';

/** What `lost` returns where nothing is asked for. */
const nothing: readonly number[] = [];

/** One stream that the peer sends: an SSRC, its statistics, its losses, and the sink that its packets go to. */
export class ReceiveStream {
  readonly encoding: Encoding;
  /** The encoding name of its first packet. */
  readonly codec: string;
  readonly statistics: ReceptionStatistics;
  readonly rate = new RateSample();
  /** Packets asked for again, packets that came as retransmissions, keyframes asked for. */
  nacks = 0;
  retransmissions = 0;
  keyframeRequests = 0;
  readonly #losses: NackGenerator | undefined;
  #facts: PacketFacts | undefined;
  #sink: RtpSink | undefined;

  /** `codec` is that of its first packet; losses are asked for again if the peer takes NACKs. */
  constructor(encoding: Encoding, codec: Pick<NegotiatedCodec, 'name' | 'clockRate'>, takesNacks: boolean) {
    this.encoding = encoding;
    this.codec = codec.name;
    this.statistics = new ReceptionStatistics(encoding.ssrc, codec.clockRate);
    this.#losses = takesNacks ? new NackGenerator() : undefined;
  }

  /** Where packets go from now on. */
  attach(sink: RtpSink | undefined): void {
    this.#sink = sink;
  }

  get isAttached(): boolean {
    return this.#sink !== undefined;
  }

  /** When `lost` and `takeGivenUp` are to be asked next; Infinity if nothing is missing. */
  get deadline(): number {
    if (this.#losses === undefined) return Infinity;
    return this.#losses.hasGivenUp ? -Infinity : this.#losses.deadline;
  }

  /** By the retransmissions that answered us; undefined where none did. */
  get roundTripMs(): number | undefined {
    return this.#losses?.roundTripMs;
  }

  /** Takes a packet as the peer sent it, or as a retransmission brought it; false if it was a duplicate or a stray. */
  write(packet: RtpPacket, isRetransmission: boolean, now: number): boolean {
    const { sequenceNumber, payloadBytes } = packet;
    const number = isRetransmission
      ? this.statistics.repaired(sequenceNumber, payloadBytes)
      : this.statistics.received(sequenceNumber, packet.timestamp, payloadBytes, now);
    if (number === refusedSequence) return false;
    if (isRetransmission) this.retransmissions += 1;
    this.#losses?.received(number, now, isRetransmission);
    if (this.deadline !== Infinity) this.#lookForKeyframe(packet, number);
    this.#sink?.write(packet, now);
    return true;
  }

  /** The sequence numbers to ask the peer for now; `roundTripMs` is that of the connection. */
  lost(now: number, roundTripMs: number | undefined): readonly number[] {
    const lost = this.#losses?.due(now, roundTripMs) ?? nothing;
    this.nacks += lost.length;
    return lost;
  }

  /** True if packets were given up since the last call, and only a keyframe helps. */
  takeGivenUp(): boolean {
    return this.#losses?.takeGivenUp() ?? false;
  }

  senderReport(block: SenderReportBlock, now: number): void {
    this.statistics.senderReport(block.ntpMiddle, now);
    if (block.report !== undefined) this.#sink?.senderReport(block.report, now);
  }

  /** What our next report says of this stream; undefined before its first packet. */
  report(now: number): ReportBlock | undefined {
    this.rate.look(this.statistics.octets, now);
    return this.statistics.report(now);
  }

  /** Only while something is missing: else it is the router that looks, once. */
  #lookForKeyframe(packet: RtpPacket, number: number): void {
    if (this.encoding.parameters.kind !== 'video') return;
    this.#facts ??= new PacketFacts(this.encoding.parameters);
    if (this.#facts.read(packet) && this.#facts.isKeyframe) this.#losses?.keyframe(number);
  }
}
