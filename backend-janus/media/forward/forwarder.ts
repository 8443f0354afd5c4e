import { extensionUri } from '../header-extensions.ts';
import { writeVp8Descriptor } from '../payload/vp8-descriptor.ts';
import { RtpPacket } from '../rtp-packet.ts';
import type { RtpSender, SendParameters } from '../rtp-sink.ts';
import { SentPackets } from '../send/sent-packets.ts';
import { SequenceMap, unmapped } from '../send/sequence-map.ts';
import { HeadWriter } from './head-writer.ts';
import type { PacketFacts } from '../payload/packet-facts.ts';
import {
  Continuity,
  noPayloadType,
  translatePayloadTypes,
  type PayloadTypes,
  type Segment,
} from './segment.ts';
import type { Source, SourceOutput } from './source.ts';

/** Segments kept for retransmissions: switches and pauses within a second are few. */
const mostSegments = 4;

/**
 * One subscriber's view of a stream: which packets it gets and under which numbers. Writes SSRC, payload type,
 * sequence number, timestamp, extensions and VP8 descriptor into a head of its own, and hands that to its sender.
 *
 * A number is sent once under one SSRC, but for retransmissions without RTX, which repeat every byte: an SRTP key
 * stream never protects two different packets (RFC 7714 section 9.1). For that reason a subscriber with transport-wide
 * numbers, which differ in each copy, gets retransmissions as RTX or not at all.
 *
 * Known limits: sender reports are not passed on; layers are not chosen by bandwidth.
 */
export class Forwarder implements SourceOutput, Disposable {
  readonly #sender: RtpSender;
  #parameters: SendParameters;
  #head: HeadWriter;
  readonly #sent = new SentPackets();
  readonly #last = new Continuity();
  /** From the latest to the oldest. */
  #segments: readonly Segment[] = [];
  #following: Source | undefined;
  #awaited: Source | undefined;
  /** Found with its first packet. */
  #awaitedTypes: PayloadTypes | undefined;
  #isPaused = false;
  #nextRtxNumber = 1;

  constructor(sender: RtpSender) {
    this.#sender = sender;
    this.#parameters = sender.parameters;
    this.#head = new HeadWriter(sender.parameters);
  }

  /** The source it waits for; the router then asks that publisher for a keyframe. */
  get awaited(): Source | undefined {
    return this.#awaited;
  }

  /** The source whose packets it sends; undefined before the first keyframe and while paused. */
  get following(): Source | undefined {
    return this.#following;
  }

  /** Follows another source from its next keyframe on; until then the one before. */
  switchTo(source: Source): void {
    if (this.#awaited !== undefined && this.#awaited !== this.#following) this.#awaited.detach(this);
    this.#await(source === this.#following ? undefined : source);
    source.attach(this);
  }

  /** Sends nothing while paused; then goes on with the same source, or one it was switched to, from a keyframe on. */
  setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    if (!isPaused) return;
    if (this.#awaited === undefined) this.#await(this.#following);
    else this.#following?.detach(this);
    this.#following = undefined;
  }

  /** Ends what it takes from its sources. It may be switched to another one. */
  [Symbol.dispose](): void {
    this.#following?.detach(this);
    this.#awaited?.detach(this);
    this.#following = undefined;
    this.#await(undefined);
  }

  write(packet: RtpPacket, from: Source, now: number): void {
    if (this.#isPaused) return;
    if (this.#parameters !== this.#sender.parameters) this.#renegotiated();
    if (from === this.#awaited) this.#consider(packet, from, now);
    if (from !== this.#following) return;
    const segment = this.#segments[0];
    if (segment === undefined) return;
    const payloadType = segment.payloadTypes.media[packet.payloadType] ?? noPayloadType;
    if (payloadType === noPayloadType) return segment.sequence.leaveOut(from.sequence);
    const isRestarted = segment.generation !== from.generation;
    const current = isRestarted ? this.#begin(packet, from, segment.payloadTypes, now) : segment;
    this.#forward(packet, from, current, payloadType, now);
  }

  senderReport(): void {
    // Our reports tie timestamps to the time of sending.
  }

  /** Sends again what the source still has, by the subscriber's numbers, each one after its back-off at the earliest. */
  retransmit(sequenceNumbers: readonly number[], now: number): void {
    for (const sequenceNumber of sequenceNumbers) this.#repeat(this.#last.extend(sequenceNumber), now);
  }

  /** Follows the awaited source if a decoder can begin with this packet. */
  #consider(packet: RtpPacket, from: Source, now: number): void {
    this.#awaitedTypes ??= translatePayloadTypes(from, this.#parameters);
    const payloadTypes = this.#awaitedTypes;
    if ((payloadTypes.media[packet.payloadType] ?? noPayloadType) === noPayloadType) return;
    if (from.facts.needsKeyframe && !from.facts.isKeyframe) {
      from.askForKeyframe(now);
      return;
    }
    if (this.#isStale(from)) return;
    if (this.#following !== from) this.#following?.detach(this);
    this.#following = from;
    this.#await(undefined);
    this.#begin(packet, from, payloadTypes, now);
  }

  #await(source: Source | undefined): void {
    this.#awaited = source;
    this.#awaitedTypes = undefined;
  }

  /**
   * A late packet is no beginning, as those after it have gone by; only a keyframe that comes late is one, because the
   * subscriber can ask for the others. None from before a pause is: it would turn the time back.
   */
  #isStale(from: Source): boolean {
    if (!from.isNewest && !from.isKeyframe) return true;
    const [last] = this.#segments;
    return (
      last?.source === from && last.generation === from.generation && from.sequence <= last.sequence.highest
    );
  }

  /** Heads and payload types follow what a later offer changed. */
  #renegotiated(): void {
    const { parameters } = this.#sender;
    this.#parameters = parameters;
    this.#head = new HeadWriter(parameters);
    this.#awaitedTypes = undefined;
    this.#segments = this.#segments.map((segment) => ({
      ...segment,
      payloadTypes: translatePayloadTypes(segment.source, parameters),
    }));
  }

  #begin(packet: RtpPacket, from: Source, payloadTypes: PayloadTypes, now: number): Segment {
    const before = this.#segments[0];
    const isSame = before?.source === from && before.generation === from.generation;
    const segment = { ...this.#continue(packet, from, isSame ? before : undefined, now), payloadTypes };
    this.#segments = [segment, ...this.#segments.slice(0, mostSegments - 1)];
    return segment;
  }

  /** The offsets of a new segment; a source that was only paused keeps its timeline and its picture numbers. */
  #continue(
    packet: RtpPacket,
    from: Source,
    paused: Segment | undefined,
    now: number,
  ): Omit<Segment, 'payloadTypes'> {
    const last = this.#last;
    const { vp8, format } = from.facts;
    const firstOut = last.nextSequence(from.sequence);
    return {
      source: from,
      generation: from.generation,
      sequence: new SequenceMap(from.sequence, firstOut),
      firstOut,
      timestampOffset:
        paused?.timestampOffset ?? last.timestampOffset(packet.timestamp, format?.clockRate ?? 0, now),
      pictureIdOffset: paused?.pictureIdOffset ?? follow(last.pictureId, from.vp8 && vp8.pictureId),
      tl0PicIdxOffset: paused?.tl0PicIdxOffset ?? follow(last.tl0PicIdx, from.vp8 && vp8.tl0PicIdx),
    };
  }

  #forward(packet: RtpPacket, from: Source, segment: Segment, payloadType: number, now: number): void {
    const number = segment.sequence.map(from.sequence);
    if (number === unmapped || !this.#sent.note(number)) return;
    const timestamp = packet.timestamp + segment.timestampOffset;
    if (number > this.#last.sequence) this.#noteLast(from.facts, segment, number, timestamp, now);
    this.#head.begin(packet, from.facts, now);
    this.#head.number(payloadType, number, timestamp, this.#parameters.ssrc);
    this.#send(packet, from.facts, segment);
  }

  #noteLast(facts: PacketFacts, segment: Segment, number: number, timestamp: number, now: number): void {
    this.#last.note(number, timestamp, now);
    if (!facts.hasVp8) return;
    const { pictureId, tl0PicIdx } = facts.vp8;
    if (pictureId !== undefined) this.#last.pictureId = pictureId + segment.pictureIdOffset;
    if (tl0PicIdx !== undefined) this.#last.tl0PicIdx = tl0PicIdx + segment.tl0PicIdxOffset;
  }

  #repeat(number: number, now: number): void {
    const segment = this.#segments.find(({ firstOut }) => firstOut <= number);
    if (segment === undefined || number > this.#last.sequence || !this.#sent.mayRepeat(number, now)) return;
    const packet = recall(segment, number);
    const facts = packet && segment.source.recall(packet);
    if (packet === undefined || facts === undefined) return;
    const rtx = segment.payloadTypes.rtx[packet.payloadType] ?? noPayloadType;
    const { rtxSsrc } = this.#parameters;
    const isRtx = rtxSsrc !== undefined && rtx !== noPayloadType;
    if (!isRtx && !repeatsPlain(this.#parameters)) return;
    this.#sent.noteRepeat(number, now);
    if (isRtx) this.#beginRtx(packet, facts, segment, rtx, rtxSsrc, number, now);
    else this.#beginCopy(packet, facts, segment, number);
    this.#send(packet, facts, segment);
  }

  #beginRtx(
    packet: RtpPacket,
    facts: PacketFacts,
    segment: Segment,
    payloadType: number,
    ssrc: number,
    number: number,
    now: number,
  ): void {
    this.#head.begin(packet, facts, now);
    this.#head.number(payloadType, this.#nextRtxNumber, packet.timestamp + segment.timestampOffset, ssrc);
    this.#head.appendOriginal(number);
    this.#nextRtxNumber += 1;
  }

  /** With the time of the first sending, so that the copy is the same to the bit. */
  #beginCopy(packet: RtpPacket, facts: PacketFacts, segment: Segment, number: number): void {
    const payloadType = segment.payloadTypes.media[packet.payloadType] ?? noPayloadType;
    this.#head.begin(packet, facts, segment.source.arrivalOf(packet.sequenceNumber));
    const timestamp = packet.timestamp + segment.timestampOffset;
    this.#head.number(payloadType, number, timestamp, this.#parameters.ssrc);
  }

  #send(packet: RtpPacket, facts: PacketFacts, segment: Segment): void {
    const head = this.#head;
    let skip = packet.payloadStart;
    const { pictureIdOffset, tl0PicIdxOffset } = segment;
    if (facts.hasVp8 && (pictureIdOffset !== 0 || tl0PicIdxOffset !== 0)) {
      const { vp8 } = facts;
      const pictureId = (vp8.pictureId ?? 0) + pictureIdOffset;
      const tl0PicIdx = (vp8.tl0PicIdx ?? 0) + tl0PicIdxOffset;
      skip += writeVp8Descriptor(head.buffer, head.bytes, packet.bytes, skip, vp8, pictureId, tl0PicIdx);
      head.append(vp8.length);
    }
    this.#sender.send(head.buffer, head.bytes, packet.bytes, skip);
  }
}

/** What to add to a new stream's numbers so that they go on from `last`; 0 where either has none. */
function follow(last: number | undefined, first: number | undefined): number {
  return last === undefined || first === undefined ? 0 : last + 1 - first;
}

/** The packet that a subscriber's number stands for, from its source's cache; undefined if it is none of his. */
function recall(
  { source, generation, sequence, payloadTypes }: Segment,
  number: number,
): RtpPacket | undefined {
  const original = generation === source.generation ? sequence.inverse(number) : unmapped;
  const bytes = original === unmapped ? undefined : source.cached(original & 0xffff);
  const packet = bytes && RtpPacket.parse(bytes);
  const isForeign = packet === undefined || payloadTypes.media[packet.payloadType] === noPayloadType;
  return isForeign ? undefined : packet;
}

/** A copy that differs in its transport-wide number must not be protected under the same sequence number. */
function repeatsPlain({ rtxSsrc, extensions }: SendParameters): boolean {
  return rtxSsrc === undefined && !extensions.has(extensionUri.transportWide);
}
