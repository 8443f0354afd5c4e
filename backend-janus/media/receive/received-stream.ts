import { BitrateMeter } from '../bitrate-meter.ts';
import { PacketFacts } from '../payload/packet-facts.ts';
import type { ReportBlock, SenderReportBlock } from '../rtcp/rtcp-block.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { ReceiveParameters, RtpSink } from '../rtp-sink.ts';
import { refusedSequence } from './extended-sequence.ts';
import { NackGenerator } from './nack-generator.ts';
import { ReceptionStatistics } from './reception-statistics.ts';
import { restoreRetransmission } from './restore-retransmission.ts';

/** What a ReceivedStream is told when it is made. */
export interface ReceivedStreamOptions {
  readonly ssrc: number;
  readonly parameters: ReceiveParameters;
  /** Whether losses are asked for again: `a=rtcp-fb` with `nack`. */
  readonly repairs: boolean;
  /** Payload types of the media by those of their retransmissions (`apt` of RFC 4588 section 8.1). */
  readonly rtxPayloadTypes: ReadonlyMap<number, number>;
}

/** Of what a receiver cannot know the rate, jitter is counted as for video; no report is sent of it anyway. */
const otherClockRate = 90_000;

/**
 * One encoding that a peer sends, between decryption and its sink: drops duplicates and unknown payload types, restores
 * retransmissions, counts, finds out what to ask for again.
 */
export class ReceivedStream {
  readonly statistics: ReceptionStatistics;
  readonly bitrate = new BitrateMeter();
  readonly #options: ReceivedStreamOptions;
  readonly #sink: RtpSink;
  readonly #nacks = new NackGenerator();
  readonly #facts: PacketFacts;

  constructor(options: ReceivedStreamOptions, sink: RtpSink) {
    const [format] = options.parameters.payloadTypes.values();
    this.#options = options;
    this.#sink = sink;
    this.#facts = new PacketFacts(options.parameters);
    this.statistics = new ReceptionStatistics(options.ssrc, format?.clockRate ?? otherClockRate);
  }

  /** When `due` may have something; undefined if nothing is missing. */
  get deadline(): number | undefined {
    return this.#nacks.deadline;
  }

  /** Takes a packet of the stream's own SSRC. */
  receive(packet: RtpPacket, now: number): void {
    if (!this.#options.parameters.payloadTypes.has(packet.payloadType)) return;
    const { sequenceNumber, timestamp, bytes } = packet;
    this.#pass(packet, this.statistics.received(sequenceNumber, timestamp, bytes.length, now), now);
  }

  /** Takes a packet of the SSRC that repairs this one; its buffer is changed, and `packet` invalid afterwards. */
  receiveRetransmission(packet: RtpPacket, now: number): void {
    const payloadType = this.#options.rtxPayloadTypes.get(packet.payloadType);
    if (payloadType === undefined || !this.#options.parameters.payloadTypes.has(payloadType)) return;
    const restored = restoreRetransmission(packet, payloadType, this.#options.ssrc);
    if (restored === undefined) return;
    this.#pass(restored, this.statistics.repaired(restored.sequenceNumber, restored.bytes.length), now);
  }

  senderReport(block: SenderReportBlock, now: number): void {
    this.statistics.senderReport(block.ntpMiddle, now);
    if (block.report !== undefined) this.#sink.senderReport(block.report, now);
  }

  /** For the next receiver or sender report; undefined before the first packet. */
  report(now: number): ReportBlock | undefined {
    return this.statistics.report(now);
  }

  /** The sequence numbers to put into a NACK now; each counts as asked for. Call it after packets, and at `deadline`. */
  due(now: number, roundTripMs?: number): readonly number[] {
    return this.#nacks.due(now, roundTripMs);
  }

  #pass(packet: RtpPacket, number: number, now: number): void {
    if (number === refusedSequence) return;
    this.bitrate.add(packet.bytes.length, now);
    if (this.#options.repairs) this.#noteForRepair(packet, number, now);
    this.#sink.write(packet, now);
  }

  #noteForRepair(packet: RtpPacket, number: number, now: number): void {
    this.#nacks.received(number, now);
    // Only a stream with losses pays for looking into its packets.
    if (this.#nacks.deadline === undefined) return;
    if (this.#facts.read(packet) && this.#facts.isKeyframe) this.#nacks.keyframe(number);
  }
}
