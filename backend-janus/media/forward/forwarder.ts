import { extensionUri } from '../header-extensions.ts';
import { absent } from '../payload/picture-descriptor.ts';
import { RtpPacket } from '../rtp-packet.ts';
import type { RtpSender, SenderReport, SendParameters } from '../rtp-sink.ts';
import { SentPackets } from '../send/sent-packets.ts';
import { unmapped } from '../send/sequence-map.ts';
import { HeadWriter } from './head-writer.ts';
import { everyTemporalLayer } from './layers/temporal-gate.ts';
import type { PacketFacts } from '../payload/packet-facts.ts';
import {
  beginSegment,
  Continuity,
  noPayloadType,
  translatePayloadTypes,
  type PayloadTypes,
  type Segment,
} from './segment.ts';
import type { Source, SourceOutput } from './source.ts';

/** Segments kept for retransmissions: switches and pauses within a second are few. */
const mostSegments = 4;

/** Which layers of a stream go out; a member is absent where the stream has no such layers. */
export interface ForwardedLayers {
  /** The simulcast layer, 0 the lowest. */
  readonly substream?: number;
  /** The highest temporal layer that goes out, if it comes. */
  readonly temporal?: number;
}

/**
 * One subscriber's view of a stream: which packets it gets and under which numbers. Writes SSRC, payload type,
 * sequence number, timestamp, extensions and VP8 descriptor into a head of its own, and hands that to its sender.
 *
 * A number is sent once under one SSRC, but for retransmissions without RTX, which repeat every byte: an SRTP key
 * stream never protects two different packets (RFC 7714 section 9.1). For that reason a subscriber with transport-wide
 * numbers, which differ in each copy, gets retransmissions as RTX or not at all.
 *
 * Known limits: spatial layers within one stream (VP9 and AV1 scalability) go out whole, and so do temporal layers of
 * AV1, whose dependency descriptor is not negotiated.
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
  /** The highest temporal layer wanted; followed as soon as the pictures allow it. */
  temporalTarget = everyTemporalLayer;
  readonly #onLayers: (layers: ForwardedLayers) => void;
  #layers: ForwardedLayers = {};

  /** `onLayers` is told when other layers go out than before. */
  constructor(sender: RtpSender, onLayers: (layers: ForwardedLayers) => void) {
    this.#sender = sender;
    this.#onLayers = onLayers;
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

  /** The source it sends, or will send from its next keyframe on. */
  get headingFor(): Source | undefined {
    return this.#awaited ?? this.#following;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** What goes out at present. */
  get layers(): ForwardedLayers {
    return this.#layers;
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
    if (isPaused) this.#interrupt();
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
    if (from === this.#following && this.#isCutOff(from)) this.#interrupt();
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

  /** Ties our timestamps to the publisher's clock, for lip sync. */
  senderReport(_report: SenderReport, from: Source): void {
    const [segment] = this.#segments;
    if (segment?.source === from && from === this.#following) this.#tieClock(segment);
  }

  /** Sends again what the source still has, by the subscriber's numbers, each one after its back-off at the earliest. */
  retransmit(sequenceNumbers: readonly number[], now: number): void {
    if (this.#parameters !== this.#sender.parameters) this.#renegotiated();
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

  /** The publisher's numbers began anew, which those of the subscriber would hide: a decoder needs a keyframe then. */
  #isCutOff(from: Source): boolean {
    return from.facts.needsKeyframe && this.#segments[0]?.generation !== from.generation;
  }

  /** Sends nothing until the next beginning, of the same source unless it waits for another one already. */
  #interrupt(): void {
    if (this.#awaited === undefined) this.#await(this.#following);
    else this.#following?.detach(this);
    this.#following = undefined;
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
    const [before] = this.#segments;
    const target = this.temporalTarget;
    const segment = beginSegment(packet, from, payloadTypes, this.#last, before, target, now);
    this.#segments = [segment, ...this.#segments.slice(0, mostSegments - 1)];
    this.#tieClock(segment);
    this.#tellLayers(segment);
    return segment;
  }

  #tieClock({ source, timestampOffset }: Segment): void {
    const tie = source.clockTie;
    if (tie !== undefined) this.#sender.tieClock?.(tie.rtpTimestamp + timestampOffset, tie.wallTimeMs);
  }

  #tellLayers({ source, gate }: Segment): void {
    const { id, facts } = source;
    const hasTemporal = facts.hasPicture && facts.picture.temporalLayer !== absent;
    const before = this.#layers;
    const temporal = hasTemporal ? gate.limit : undefined;
    if (before.substream === id.layer && before.temporal === temporal) return;
    this.#layers = {
      ...(id.layer !== undefined && { substream: id.layer }),
      ...(temporal !== undefined && { temporal }),
    };
    this.#onLayers(this.#layers);
  }

  #forward(packet: RtpPacket, from: Source, segment: Segment, payloadType: number, now: number): void {
    const { facts } = from;
    const isLayered = facts.hasPicture && facts.picture.temporalLayer !== absent;
    if (isLayered && !this.#passes(packet, from, segment)) return;
    const number = segment.sequence.map(from.sequence);
    if (number === unmapped || !this.#sent.note(number)) return;
    const timestamp = packet.timestamp + segment.timestampOffset;
    if (number > this.#last.sequence) this.#noteLast(facts, segment, number, timestamp, now);
    this.#head.begin(packet, facts, now);
    this.#head.number(payloadType, number, timestamp, this.#parameters.ssrc);
    this.#send(packet, facts, segment, now);
  }

  /** Leaves a packet of too high a temporal layer out. */
  #passes(packet: RtpPacket, from: Source, segment: Segment): boolean {
    const { gate } = segment;
    const { picture, isKeyframe } = from.facts;
    const { timestamp } = packet;
    if (from.isNewest) gate.advance(timestamp, picture, isKeyframe, this.temporalTarget);
    if (gate.limit !== this.#layers.temporal) this.#tellLayers(segment);
    if (gate.passes(timestamp, picture.temporalLayer)) return true;
    segment.sequence.leaveOut(from.sequence);
    // Of a late picture the others have their ids already: it leaves a gap.
    if (from.isNewest && !picture.hasReferences && picture.pictureIdBits !== 0)
      segment.pictures.leaveOut(picture.pictureId, picture.pictureIdBits);
    return false;
  }

  #noteLast(facts: PacketFacts, segment: Segment, number: number, timestamp: number, now: number): void {
    this.#last.note(number, timestamp, now);
    if (!facts.hasPicture) return;
    const { pictureId, pictureIdBits, tl0PicIdx } = facts.picture;
    if (pictureIdBits !== 0) this.#last.pictureId = segment.pictures.map(pictureId, pictureIdBits) & 0x7fff;
    if (tl0PicIdx !== absent) this.#last.tl0PicIdx = (tl0PicIdx + segment.tl0PicIdxOffset) & 0xff;
  }

  #repeat(number: number, now: number): void {
    const segment = this.#segments.find(({ firstOut }) => firstOut <= number);
    if (segment === undefined || number > this.#last.sequence || !this.#sent.mayRepeat(number, now)) return;
    const packet = recall(segment, number);
    const facts = packet && recallFacts(packet, segment);
    if (packet === undefined || facts === undefined) return;
    const rtx = segment.payloadTypes.rtx[packet.payloadType] ?? noPayloadType;
    const { rtxSsrc } = this.#parameters;
    const isRtx = rtxSsrc !== undefined && rtx !== noPayloadType;
    if (!isRtx && !repeatsPlain(this.#parameters)) return;
    this.#sent.noteRepeat(number, now);
    if (isRtx) this.#beginRtx(packet, facts, segment, rtx, rtxSsrc, number, now);
    else this.#beginCopy(packet, facts, segment, number);
    this.#send(packet, facts, segment, now);
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

  #send(packet: RtpPacket, facts: PacketFacts, segment: Segment, now: number): void {
    const head = this.#head;
    let skip = packet.payloadStart;
    if (facts.hasPicture && !(segment.tl0PicIdxOffset === 0 && segment.pictures.isIdentity)) {
      const { picture } = facts;
      const pictureId = segment.pictures.map(picture.pictureId, picture.pictureIdBits);
      const tl0PicIdx = picture.tl0PicIdx + segment.tl0PicIdxOffset;
      const written = picture.rewrite(head.buffer, head.bytes, packet.bytes, skip, pictureId, tl0PicIdx);
      skip += written;
      head.append(written);
    }
    this.#sender.send(head.buffer, head.bytes, packet.bytes, skip, now);
  }
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

/** What there is to know of a packet; undefined for one of a temporal layer that was left out. */
function recallFacts(packet: RtpPacket, { source, gate }: Segment): PacketFacts | undefined {
  const facts = source.recall(packet);
  const isLeftOut = facts?.hasPicture === true && !gate.passes(packet.timestamp, facts.picture.temporalLayer);
  return isLeftOut ? undefined : facts;
}

/** A copy that differs in its transport-wide number must not be protected under the same sequence number. */
function repeatsPlain({ rtxSsrc, extensions }: SendParameters): boolean {
  return rtxSsrc === undefined && !extensions.has(extensionUri.transportWide);
}
