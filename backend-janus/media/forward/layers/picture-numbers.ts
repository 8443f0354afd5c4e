import { SequenceMap, unmapped } from '../../send/sequence-map.ts';

/** Keeps extended numbers positive. */
const origin = 2 ** 20;

/**
 * Maps picture ids of a source to those of a subscriber: by a constant until a picture is left out on purpose, from
 * then on so that the ids stay without gaps, because a VP8 decoder waits for a picture whose id is missing.
 */
export class PictureNumbers {
  readonly #offset: number;
  #map: SequenceMap | undefined;
  #highest = 0;

  /** `offset` is added to the ids. */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** The id that a picture goes out with has no other than its own. */
  get isIdentity(): boolean {
    return this.#offset === 0 && this.#map === undefined;
  }

  /** The subscriber's id of a picture, of which the lower `bits` count. */
  map(pictureId: number, bits: number): number {
    if (this.#map === undefined) return pictureId + this.#offset;
    const number = this.#map.map(this.#extend(pictureId, bits));
    return number === unmapped ? pictureId + this.#offset : number;
  }

  /** Leaves a picture out that none after it has come of. */
  leaveOut(pictureId: number, bits: number): void {
    if (this.#map === undefined) {
      this.#highest = origin + pictureId;
      const firstIn = this.#highest - 2 ** (bits - 1);
      this.#map = new SequenceMap(firstIn, firstIn + this.#offset);
    }
    this.#map.leaveOut(this.#extend(pictureId, bits));
  }

  #extend(pictureId: number, bits: number): number {
    const half = 2 ** (bits - 1);
    const step = (pictureId - this.#highest) & (2 * half - 1);
    const extended = this.#highest + (step < half ? step : step - 2 * half);
    if (extended > this.#highest) this.#highest = extended;
    return extended;
  }
}
