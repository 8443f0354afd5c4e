import { ExtendedSequence, refusedSequence } from '../receive/extended-sequence.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { ReceiveParameters, RtpSink, SenderReport } from '../rtp-sink.ts';
import { KeyframeRequests } from './keyframe-requests.ts';
import { PacketCache, type PacketCacheOptions } from './packet-cache.ts';
import { PacketFacts } from '../payload/packet-facts.ts';
import { FlowMeter } from './layers/flow-meter.ts';
import type { LayerState } from './layers/layer-selection.ts';

/** One encoding of one publisher's stream; `layer` tells those of simulcast apart, 0 is the lowest. */
export interface SourceId {
  readonly publisher: string;
  readonly mid: string;
  readonly layer?: number;
}

/** Takes the packets of a source: a forwarder or a tap. */
export interface SourceOutput {
  /** As `RtpSink.write`; `from.facts` and `from.sequence` are those of `packet`. */
  write(packet: RtpPacket, from: Source, now: number): void;
  /** As `RtpSink.senderReport`. */
  senderReport(report: SenderReport, from: Source, now: number): void;
}

/** Who looks after a source. */
export interface SourceKeeper {
  /** A packet is about to go to the outputs; `isReturn` if none came for a while. */
  arrived(now: number, isReturn: boolean): void;
  /** The publisher's wall clock in terms of ours, as its reports tell it. */
  localTime(wallTimeMs: number): number;
  /** The source was disposed. */
  ended(source: Source): void;
}

/** A second of a fast stream, and of audio in packets of 10 ms. */
const cacheOptions: Readonly<Record<ReceiveParameters['kind'], PacketCacheOptions>> = {
  audio: { packets: 128, mostBytes: 0x10000 },
  video: { packets: 1024, mostBytes: 0x100000 },
};

/**
 * One registered source, to write its packets to. Holds what is found once per packet for all subscribers, and
 * the one cache that retransmissions come from. Duplicates end here.
 */
export class Source implements RtpSink, LayerState, Disposable {
  readonly id: SourceId;
  readonly parameters: ReceiveParameters;
  /** Of the packet being written. */
  readonly facts: PacketFacts;
  /** Packets refused: of an unknown payload type, or nowhere near the others by their sequence numbers. */
  refused = 0;
  readonly #cache: PacketCache;
  readonly #recalled: PacketFacts;
  readonly #requests: KeyframeRequests;
  readonly #keeper: SourceKeeper;
  readonly #flow: FlowMeter;
  readonly #numbers = new ExtendedSequence();
  #outputs: readonly SourceOutput[] = [];
  #sequence = refusedSequence;
  #generation = 0;
  #isEnded = false;
  /** In terms of our wall clock. */
  #clockTie: SenderReport | undefined;

  /** `requestKeyframe` is called at most twice per second; `now` is when it was published. */
  constructor(
    id: SourceId,
    parameters: ReceiveParameters,
    requestKeyframe: () => void,
    keeper: SourceKeeper,
    now: number,
  ) {
    this.id = id;
    this.parameters = parameters;
    this.facts = new PacketFacts(parameters);
    this.#recalled = new PacketFacts(parameters);
    this.#cache = new PacketCache(cacheOptions[parameters.kind]);
    this.#requests = new KeyframeRequests(requestKeyframe);
    this.#keeper = keeper;
    this.#flow = new FlowMeter(now);
  }

  /** Of the packet being written: it begins a keyframe. */
  get isKeyframe(): boolean {
    return this.facts.isKeyframe;
  }

  /** Of the packet being written: its sequence number, extended so that it does not wrap. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The packet being written is not late. */
  get isNewest(): boolean {
    return this.#sequence === this.#numbers.highest;
  }

  /** Changes when the publisher's numbers begin anew; packets before and after are not of one sequence. */
  get generation(): number {
    return this.#generation;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get layer(): number {
    return this.id.layer ?? 0;
  }

  get lastAt(): number {
    return this.#flow.lastAt;
  }

  get flowsSince(): number {
    return this.#flow.flowsSince;
  }

  bitsPerSecond(temporalLimit: number, now: number): number {
    return this.#flow.bitsPerSecond(temporalLimit, now);
  }

  /** What the publisher said last of its timestamps, in terms of our wall clock; undefined before. */
  get clockTie(): SenderReport | undefined {
    return this.#clockTie;
  }

  /** When a timestamp of this source was sampled, by our wall clock; undefined before the first report. */
  sampledAt(timestamp: number): number | undefined {
    const clockRate = this.facts.format?.clockRate ?? 0;
    if (this.#clockTie === undefined || clockRate === 0) return undefined;
    const { rtpTimestamp, wallTimeMs } = this.#clockTie;
    return wallTimeMs + (((timestamp - rtpTimestamp) | 0) * 1000) / clockRate;
  }

  write(packet: RtpPacket, now: number): void {
    if (this.#isEnded) return;
    this.#sequence = this.facts.read(packet) ? this.#numbers.update(packet.sequenceNumber) : refusedSequence;
    if (this.#sequence === refusedSequence) {
      this.refused += 1;
      return;
    }
    if (this.#generation !== this.#numbers.restarts) this.#restart();
    if (!this.#cache.store(packet.bytes, packet.sequenceNumber, now)) return;
    if (this.facts.isKeyframe) this.#requests.satisfy();
    else this.#requests.tick(now);
    const { length } = packet.bytes;
    const isReturn = this.#flow.add(
      length,
      this.facts.hasPicture ? this.facts.picture.temporalLayer : 0,
      now,
    );
    this.#keeper.arrived(now, isReturn);
    const outputs = this.#outputs;
    for (let index = 0; index < outputs.length; index += 1) outputs[index]?.write(packet, this, now);
  }

  senderReport(report: SenderReport, now: number): void {
    if (this.#isEnded) return;
    this.#clockTie = { ...report, wallTimeMs: this.#keeper.localTime(report.wallTimeMs) };
    for (const output of this.#outputs) output.senderReport(report, this, now);
  }

  /** A packet by the publisher's number, as a view that is valid until the next `flush`; undefined once it is too old. */
  cached(sequenceNumber: number): Buffer | undefined {
    return this.#cache.find(sequenceNumber);
  }

  /** When a packet that is `cached` arrived, in milliseconds on the clock's scale. */
  arrivalOf(sequenceNumber: number): number {
    return this.#cache.arrivalOf(sequenceNumber);
  }

  /** What there is to know of a packet that was `cached`; valid until the next call. */
  recall(packet: RtpPacket): PacketFacts | undefined {
    return this.#recalled.read(packet) ? this.#recalled : undefined;
  }

  /** Asks the publisher for a keyframe, if there are such in this stream and it has begun. */
  askForKeyframe(now: number): void {
    const hasBegun = this.#numbers.highest !== refusedSequence;
    if (this.parameters.kind === 'video' && hasBegun && !this.#isEnded) this.#requests.ask(now);
  }

  /** Adds an output once, from the next packet on. */
  attach(output: SourceOutput): void {
    if (!this.#outputs.includes(output) && !this.#isEnded) this.#outputs = [...this.#outputs, output];
  }

  detach(output: SourceOutput): void {
    this.#outputs = this.#outputs.filter((other) => other !== output);
  }

  [Symbol.dispose](): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#outputs = [];
    this.#cache.release();
    this.#keeper.ended(this);
  }

  #restart(): void {
    this.#generation = this.#numbers.restarts;
    this.#cache.clear();
    this.#clockTie = undefined;
  }
}
