import {
  RateSample,
  ReceptionStatistics,
  refusedSequence,
  TokenBucket,
  type Encoding,
  type PayloadFormat,
  type PlainAgreement,
  type StreamCounters,
  type ReportBlock,
  type RtpPacket,
  type RtpSink,
  type SenderReportBlock,
} from '#janus/media';
import { mediaName } from './media-name.ts';

/** How often another SSRC may take over; a phone changes it when it transfers a call or plays music on hold. */
const changeRate = { perSecond: 1, burst: 4 };

/** The stream that is heard at present. */
interface Stream {
  readonly ssrc: number;
  readonly statistics: ReceptionStatistics;
  sink: RtpSink | undefined;
}

/** What comes from a plain peer: one stream at a time, its statistics, and the sink that its packets go to. */
export class PlainReceiver {
  readonly #kind: 'audio' | 'video';
  readonly #changes = new TokenBucket(changeRate);
  #payloadTypes: ReadonlyMap<number, PayloadFormat> = new Map();
  #clockRate = 8000;
  #open: ((encoding: Encoding) => RtpSink) | undefined;
  #stream: Stream | undefined;
  readonly #rate = new RateSample();
  #packetsBefore = 0;
  #bytesBefore = 0;
  #lostBefore = 0;

  constructor(kind: 'audio' | 'video') {
    this.#kind = kind;
  }

  get ssrc(): number | undefined {
    return this.#stream?.ssrc;
  }

  get packets(): number {
    return this.#packetsBefore + (this.#stream?.statistics.packets ?? 0);
  }

  get lost(): number {
    return this.#lostBefore + (this.#stream?.statistics.lost ?? 0);
  }

  get jitterMs(): number | undefined {
    return this.#stream?.statistics.jitterMs;
  }

  /** Counters of the stream that is heard; undefined if there is none. */
  get stats(): StreamCounters | undefined {
    const { ssrc, packets, lost, jitterMs } = this;
    if (ssrc === undefined) return undefined;
    return {
      kind: this.#kind,
      direction: 'in',
      ssrc,
      codec: mediaName([...this.#payloadTypes.values()].map(({ encodingName }) => encodingName)),
      packets,
      bytes: this.#bytes,
      bitsPerSecond: this.#rate.bitsPerSecond,
      packetsLost: lost,
      jitterMs,
      roundTripMs: undefined,
    };
  }

  get #bytes(): number {
    return this.#bytesBefore + (this.#stream?.statistics.octets ?? 0);
  }

  /** What payload types mean from now on; with other meanings the stream begins anew. */
  agreed({ receive, clockRate }: PlainAgreement): void {
    if (isSameFormats(receive, this.#payloadTypes) && clockRate === this.#clockRate) return;
    this.#payloadTypes = receive;
    this.#clockRate = clockRate;
    this.forget();
  }

  attach(open: (encoding: Encoding) => RtpSink): Disposable {
    this.#open = open;
    if (this.#stream !== undefined) this.#stream.sink = this.#openSink(this.#stream.ssrc);
    return {
      [Symbol.dispose]: () => {
        if (this.#open !== open) return;
        this.#open = undefined;
        if (this.#stream !== undefined) this.#stream.sink = undefined;
      },
    };
  }

  /** Whether its payload type was negotiated. */
  knows(packet: RtpPacket): boolean {
    return this.#payloadTypes.has(packet.payloadType);
  }

  /** Takes a packet of a known payload type; false if its SSRC is one too many. */
  write(packet: RtpPacket, now: number): boolean {
    const stream = packet.ssrc === this.#stream?.ssrc ? this.#stream : this.#begin(packet.ssrc, now);
    if (stream === undefined) return false;
    const { sequenceNumber, timestamp, payloadBytes } = packet;
    const number = stream.statistics.received(sequenceNumber, timestamp, payloadBytes, now);
    if (number !== refusedSequence) stream.sink?.write(packet, now);
    return true;
  }

  senderReport(block: SenderReportBlock, now: number): void {
    if (this.#stream?.ssrc !== block.sender) return;
    this.#stream.statistics.senderReport(block.ntpMiddle, now);
    if (block.report !== undefined) this.#stream.sink?.senderReport(block.report, now);
  }

  /** The stream is over; what comes next begins anew. */
  forget(): void {
    this.#packetsBefore = this.packets;
    this.#bytesBefore = this.#bytes;
    this.#lostBefore = this.lost;
    this.#stream = undefined;
  }

  /** What our next report says of the stream; undefined before its first packet. */
  report(now: number): ReportBlock | undefined {
    this.#rate.look(this.#bytes, now);
    return this.#stream?.statistics.report(now);
  }

  #begin(ssrc: number, now: number): Stream | undefined {
    if (!this.#changes.take(now)) return undefined;
    this.forget();
    this.#rate.look(this.#bytes, now);
    const statistics = new ReceptionStatistics(ssrc, this.#clockRate);
    this.#stream = { ssrc, statistics, sink: this.#openSink(ssrc) };
    return this.#stream;
  }

  #openSink(ssrc: number): RtpSink | undefined {
    const parameters = { kind: this.#kind, payloadTypes: this.#payloadTypes, extensions: new Map() };
    return this.#open?.({ ssrc, parameters });
  }
}

function isSameFormats(
  one: ReadonlyMap<number, PayloadFormat>,
  other: ReadonlyMap<number, PayloadFormat>,
): boolean {
  const isSame = ([type, format]: [number, PayloadFormat]): boolean =>
    other.get(type)?.encodingName === format.encodingName && other.get(type)?.clockRate === format.clockRate;
  return one.size === other.size && [...one].every(isSame);
}
