import { ExtendedSequence, refusedSequence } from '../receive/extended-sequence.ts';
import type { Vp8Descriptor } from '../payload/vp8-descriptor.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { ReceiveParameters, RtpSink, SenderReport } from '../rtp-sink.ts';
import { KeyframeRequests } from './keyframe-requests.ts';
import { PacketCache, type PacketCacheOptions } from './packet-cache.ts';
import { PacketFacts } from '../payload/packet-facts.ts';

/** One encoding of one publisher's stream; `rid` tells simulcast layers apart (RFC 8851). */
export interface SourceId {
  readonly publisher: string;
  readonly mid: string;
  readonly rid?: string;
}

/** Takes the packets of a source: a forwarder or a tap. */
export interface SourceOutput {
  /** As `RtpSink.write`; `from.facts` and `from.sequence` are those of `packet`. */
  write(packet: RtpPacket, from: Source, now: number): void;
  senderReport(report: SenderReport, now: number): void;
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
export class Source implements RtpSink, Disposable {
  readonly id: SourceId;
  readonly parameters: ReceiveParameters;
  /** Of the packet being written. */
  readonly facts: PacketFacts;
  /** Packets refused: of an unknown payload type, or nowhere near the others by their sequence numbers. */
  refused = 0;
  readonly #cache: PacketCache;
  readonly #recalled: PacketFacts;
  readonly #requests: KeyframeRequests;
  readonly #onEnd: (source: Source) => void;
  readonly #numbers = new ExtendedSequence();
  #outputs: readonly SourceOutput[] = [];
  #sequence = refusedSequence;
  #generation = 0;
  #isEnded = false;

  /** `requestKeyframe` is called at most twice per second, `onEnd` once, when the source is disposed. */
  constructor(
    id: SourceId,
    parameters: ReceiveParameters,
    requestKeyframe: () => void,
    onEnd: (source: Source) => void,
  ) {
    this.id = id;
    this.parameters = parameters;
    this.facts = new PacketFacts(parameters);
    this.#recalled = new PacketFacts(parameters);
    this.#cache = new PacketCache(cacheOptions[parameters.kind]);
    this.#requests = new KeyframeRequests(requestKeyframe);
    this.#onEnd = onEnd;
  }

  /** Of the packet being written: it begins a keyframe. */
  get isKeyframe(): boolean {
    return this.facts.isKeyframe;
  }

  /** Of the packet being written: its payload descriptor; undefined unless it is VP8. */
  get vp8(): Vp8Descriptor | undefined {
    return this.facts.hasVp8 ? this.facts.vp8 : undefined;
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
    const outputs = this.#outputs;
    for (let index = 0; index < outputs.length; index += 1) outputs[index]?.write(packet, this, now);
  }

  senderReport(report: SenderReport, now: number): void {
    for (const output of this.#outputs) output.senderReport(report, now);
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
    this.#onEnd(this);
  }

  #restart(): void {
    this.#generation = this.#numbers.restarts;
    this.#cache.clear();
  }
}
