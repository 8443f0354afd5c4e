import {
  NackGenerator,
  ReceptionStatistics,
  refusedSequence,
  type Encoding,
  type ReportBlock,
  type RtpPacket,
  type RtpSink,
  type SenderReportBlock,
} from '#janus/media';

/** What `due` returns where nothing is asked for. */
const nothing: readonly number[] = [];

/** One stream that the peer sends: an SSRC, its statistics, its losses, and the sink that its packets go to. */
export class ReceiveStream {
  readonly encoding: Encoding;
  readonly statistics: ReceptionStatistics;
  readonly #losses: NackGenerator | undefined;
  #sink: RtpSink | undefined;

  /** `clockRate` in Hz; losses are asked for again if the peer takes NACKs. */
  constructor(encoding: Encoding, clockRate: number, takesNacks: boolean) {
    this.encoding = encoding;
    this.statistics = new ReceptionStatistics(encoding.ssrc, clockRate);
    this.#losses = takesNacks ? new NackGenerator() : undefined;
  }

  /** Where packets go from now on. */
  attach(sink: RtpSink | undefined): void {
    this.#sink = sink;
  }

  get isAttached(): boolean {
    return this.#sink !== undefined;
  }

  /** Takes a packet as the peer sent it, or as a retransmission brought it; false if it was a duplicate or a stray. */
  write(packet: RtpPacket, isRetransmission: boolean, now: number): boolean {
    const { sequenceNumber, bytes } = packet;
    const number = isRetransmission
      ? this.statistics.repaired(sequenceNumber, bytes.length)
      : this.statistics.received(sequenceNumber, packet.timestamp, bytes.length, now);
    if (number === refusedSequence) return false;
    this.#losses?.received(number, now);
    this.#sink?.write(packet, now);
    return true;
  }

  /** The sequence numbers to ask the peer for now. */
  lost(now: number): readonly number[] {
    return this.#losses?.due(now) ?? nothing;
  }

  senderReport(block: SenderReportBlock, now: number): void {
    this.statistics.senderReport(block.ntpMiddle, now);
    if (block.report !== undefined) this.#sink?.senderReport(block.report, now);
  }

  /** What our next report says of this stream; undefined before its first packet. */
  report(now: number): ReportBlock | undefined {
    return this.statistics.report(now);
  }
}
