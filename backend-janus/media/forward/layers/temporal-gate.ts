import type { PictureDescriptor } from '../../payload/picture-descriptor.ts';

/** More temporal layers than VP8 and VP9 have: nothing is left out. */
export const everyTemporalLayer = 7;

/** From which picture on which layers pass. */
interface Era {
  readonly timestamp: number;
  readonly limit: number;
}

/** Changes remembered for late packets. */
const mostEras = 4;

/**
 * Lets the temporal layers of a stream pass up to a limit, which changes between pictures alone: down at any, up where
 * the decoder has all that the higher pictures need (RFC 7741 section 4.2, Y; RFC 9628 section 4.2, U).
 *
 * VP8 marks a picture that needs only the lowest layer; what comes after it may need the layers between, so the limit
 * rises by one layer at a time. A keyframe makes all of them anew. Packets of one picture have one timestamp.
 */
export class TemporalGate {
  /** From the latest to the oldest. */
  #eras: readonly Era[];
  #limit: number;
  #picture: number;

  /** Begins with a keyframe at `timestamp`. */
  constructor(timestamp: number, limit: number) {
    this.#limit = limit;
    this.#picture = timestamp;
    this.#eras = [{ timestamp, limit }];
  }

  /** The highest layer that passes. */
  get limit(): number {
    return this.#limit;
  }

  /** Moves towards `target` if a new picture begins with this packet, which is no late one. */
  advance(timestamp: number, picture: PictureDescriptor, isKeyframe: boolean, target: number): void {
    const isSame = timestamp === this.#picture;
    if (isSame && !isKeyframe) return;
    this.#picture = timestamp;
    const limit = isKeyframe ? target : this.#next(picture, target);
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#eras = [{ timestamp, limit }, ...this.#eras.slice(0, mostEras - 1)];
  }

  /** Whether a packet of that layer passes; of a late one, by what held at its time, if that is known. */
  passes(timestamp: number, layer: number): boolean {
    if (layer <= 0) return true;
    if (timestamp === this.#picture) return layer <= this.#limit;
    for (const era of this.#eras) if (((timestamp - era.timestamp) | 0) >= 0) return layer <= era.limit;
    return false;
  }

  #next({ temporalLayer, isLayerSync, isSwitchingPoint }: PictureDescriptor, target: number): number {
    const limit = this.#limit;
    if (target <= limit) return target;
    if (isLayerSync && temporalLayer === limit + 1) return temporalLayer;
    return isSwitchingPoint && temporalLayer <= limit ? target : limit;
  }
}
