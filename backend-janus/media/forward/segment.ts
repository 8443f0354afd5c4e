import { signedDistance } from '../receive/extended-sequence.ts';
import { absent } from '../payload/picture-descriptor.ts';
import type { PacketFacts } from '../payload/packet-facts.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { SendParameters } from '../rtp-sink.ts';
import { SequenceMap } from '../send/sequence-map.ts';
import { PictureNumbers } from './layers/picture-numbers.ts';
import { TemporalGate } from './layers/temporal-gate.ts';
import type { Source } from './source.ts';

/** The payload type of an encoding that the subscriber did not negotiate. */
export const noPayloadType = -1;

/**
 * A stretch of one source as a subscriber sees it, from a start, switch or pause to the next: with which offsets the
 * source's numbers became the subscriber's. Kept a while after its end, for retransmissions.
 */
export interface Segment {
  readonly source: Source;
  readonly generation: number;
  readonly sequence: SequenceMap;
  /** The subscriber's extended number of its first packet. */
  readonly firstOut: number;
  readonly timestampOffset: number;
  /** Which temporal layers pass. */
  readonly gate: TemporalGate;
  readonly pictures: PictureNumbers;
  readonly tl0PicIdxOffset: number;
  /** The subscriber's payload types by the source's; `rtx` those of the retransmissions. */
  readonly payloadTypes: PayloadTypes;
}

/** Payload types by payload type; `noPayloadType` where there is none. */
export interface PayloadTypes {
  readonly media: Int16Array;
  readonly rtx: Int16Array;
}

/** Translates a source's payload types to a subscriber's, by encoding name in whatever case. */
export function translatePayloadTypes(source: Source, parameters: SendParameters): PayloadTypes {
  const byName = new Map([...parameters.payloadTypes].map(([name, types]) => [name.toLowerCase(), types]));
  const media = new Int16Array(128).fill(noPayloadType);
  const rtx = new Int16Array(128).fill(noPayloadType);
  for (const [payloadType, { encodingName }] of source.parameters.payloadTypes) {
    const types = byName.get(encodingName.toLowerCase());
    media[payloadType] = types?.media ?? noPayloadType;
    rtx[payloadType] = types?.rtx ?? noPayloadType;
  }
  return { media, rtx };
}

/**
 * The segment that begins with `packet`, which arrived at `now`, behind what went out last, of which `before` was the
 * segment. A source that was only paused keeps its timeline and its picture numbers.
 */
export function beginSegment(
  packet: RtpPacket,
  source: Source,
  payloadTypes: PayloadTypes,
  last: Continuity,
  before: Segment | undefined,
  temporalTarget: number,
  now: number,
): Segment {
  const { facts, generation, sequence } = source;
  const { timestamp } = packet;
  const firstOut = last.nextSequence(sequence);
  const isPaused = before?.source === source && before.generation === generation;
  const numbers = isPaused ? before : pictureNumbers(facts, last);
  return {
    source,
    generation,
    sequence: new SequenceMap(sequence, firstOut),
    firstOut,
    timestampOffset: isPaused
      ? before.timestampOffset
      : last.timestampOffset(
          timestamp,
          facts.format?.clockRate ?? 0,
          sampledSince(source, timestamp, last, before) ?? now - last.at,
        ),
    gate: new TemporalGate(timestamp, temporalTarget),
    pictures: numbers.pictures,
    tl0PicIdxOffset: numbers.tl0PicIdxOffset,
    payloadTypes,
  };
}

function pictureNumbers(
  { hasPicture, picture }: PacketFacts,
  last: Continuity,
): Pick<Segment, 'pictures' | 'tl0PicIdxOffset'> {
  return {
    pictures: new PictureNumbers(hasPicture ? follow(last.pictureId, picture.pictureId) : 0),
    tl0PicIdxOffset: hasPicture ? follow(last.tl0PicIdx, picture.tl0PicIdx) : 0,
  };
}

/** Streams of one publisher that differ more have other clocks than it says. */
const mostSampledMs = 1000;

/**
 * How long after the last picture or sound this one was sampled, if the publisher has told of both timelines; layers of
 * simulcast have one each. Undefined otherwise.
 */
function sampledSince(
  source: Source,
  timestamp: number,
  last: Continuity,
  before: Segment | undefined,
): number | undefined {
  if (before === undefined || before.source.id.publisher !== source.id.publisher) return undefined;
  const then = before.source.sampledAt(last.timestamp - before.timestampOffset);
  const sampled = source.sampledAt(timestamp);
  if (then === undefined || sampled === undefined) return undefined;
  return Math.abs(sampled - then) > mostSampledMs ? undefined : sampled - then;
}

/** What to add to a new stream's numbers so that they go on from `last`; 0 where either has none. */
function follow(last: number, first: number): number {
  return last === absent || first === absent ? 0 : (last + 1 - first) & 0x7fff;
}

/** The last of what a subscriber was sent, which the next segment continues. */
export class Continuity {
  /** Extended; 0 before the first packet. */
  sequence = 0;
  timestamp = 0;
  at = 0;
  /** Below 0 before the first that has one. */
  pictureId = absent;
  tl0PicIdx = absent;

  /** Notes a packet that is newer than all before it. */
  note(sequence: number, timestamp: number, at: number): void {
    // Frames may be sent out of their order in time (H.264 B slices): the timeline never goes back.
    const isLater = this.sequence === 0 || ((timestamp - this.timestamp) | 0) > 0;
    if (isLater) this.timestamp = timestamp >>> 0;
    this.sequence = sequence;
    this.at = at;
  }

  /** What to add to the timestamps of a new stream, so that `elapsedMs` went by from the last packet to this one. */
  timestampOffset(timestamp: number, clockRate: number, elapsedMs: number): number {
    if (this.sequence === 0) return 0;
    const elapsed = Math.max(1, Math.round((elapsedMs * clockRate) / 1000));
    return (this.timestamp + elapsed - timestamp) >>> 0;
  }

  /** The number that a stream begins with; the first stays below the middle, so that no early loss hides a wrap. */
  nextSequence(incoming: number): number {
    return this.sequence === 0 ? 0x10000 + (incoming & 0x7fff) : this.sequence + 1;
  }

  /** The subscriber's 16-bit number, extended near the last one sent. */
  extend(sequenceNumber: number): number {
    return this.sequence + signedDistance(this.sequence, sequenceNumber);
  }
}
