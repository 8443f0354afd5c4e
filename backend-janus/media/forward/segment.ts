import { signedDistance } from '../receive/extended-sequence.ts';
import type { SendParameters } from '../rtp-sink.ts';
import { SequenceMap } from '../send/sequence-map.ts';
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
  readonly pictureIdOffset: number;
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

/** The last of what a subscriber was sent, which the next segment continues. */
export class Continuity {
  /** Extended; 0 before the first packet. */
  sequence = 0;
  timestamp = 0;
  at = 0;
  pictureId: number | undefined;
  tl0PicIdx: number | undefined;

  /** Notes a packet that is newer than all before it. */
  note(sequence: number, timestamp: number, at: number): void {
    // Frames may be sent out of their order in time (H.264 B slices): the timeline never goes back.
    const isLater = this.sequence === 0 || ((timestamp - this.timestamp) | 0) > 0;
    if (isLater) this.timestamp = timestamp >>> 0;
    this.sequence = sequence;
    this.at = at;
  }

  /** What to add to the timestamps of a new stream, so that time went on from the last packet to `now`. */
  timestampOffset(timestamp: number, clockRate: number, now: number): number {
    if (this.sequence === 0) return 0;
    const elapsed = Math.max(1, Math.round(((now - this.at) * clockRate) / 1000));
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
