import type { RtpPacket } from '#janus/media';
import { rtpPacket } from './rtp-stream.ts';

/** The temporal layers of four pictures, and which of them need only the lowest layer, as libvpx makes three. */
const pattern = [
  { temporal: 0, isSync: false },
  { temporal: 2, isSync: true },
  { temporal: 1, isSync: true },
  { temporal: 2, isSync: false },
  { temporal: 0, isSync: false },
  { temporal: 2, isSync: false },
  { temporal: 1, isSync: false },
  { temporal: 2, isSync: false },
] as const;

/** One picture of one simulcast layer, as its encoder made it. */
export interface Picture {
  readonly layer: number;
  readonly index: number;
  readonly temporal: number;
  readonly isSync: boolean;
  readonly isKeyframe: boolean;
  /** Its packets have sequence numbers from here on, not wrapped. */
  readonly first: number;
  readonly parts: number;
}

/** Encodes one simulcast layer in VP8, in as many packets per picture as it is told. */
export class LayerEncoder {
  readonly pictures: Picture[] = [];
  wantsKeyframe = true;
  readonly #layer: number;
  readonly #start: number;
  #cycle = 0;
  #tl0PicIdx: number;
  #next = 0;

  /** `start` is near where its numbers begin. */
  constructor(layer: number, start: number) {
    this.#layer = layer;
    this.#start = start;
    this.#tl0PicIdx = start & 0xff;
  }

  /** The packets of the next picture, which was sampled at `now`. */
  encode(parts: number, now: number): readonly RtpPacket[] {
    const isKeyframe = this.wantsKeyframe;
    this.wantsKeyframe = false;
    if (isKeyframe) this.#cycle = 0;
    const { temporal, isSync } = pattern[this.#cycle % pattern.length] ?? pattern[0];
    this.#cycle += 1;
    if (temporal === 0) this.#tl0PicIdx += 1;
    const index = this.pictures.length;
    const first = this.#next;
    this.#next += parts;
    const picture = { layer: this.#layer, index, temporal, isSync, isKeyframe, first, parts };
    this.pictures.push(picture);
    return Array.from({ length: parts }, (_, part) => this.#packet(picture, part, now));
  }

  #packet(
    { index, temporal, isSync, isKeyframe, first, parts }: Picture,
    part: number,
    now: number,
  ): RtpPacket {
    const id = (this.#start + index) & 0x7fff;
    const descriptor = [part === 0 ? 0x90 : 0x80, 0xe0, 0x80 | (id >> 8), id & 0xff, this.#tl0PicIdx & 0xff];
    const header = [(temporal << 6) | (isSync ? 0x20 : 0), isKeyframe && part === 0 ? 0 : 1];
    return rtpPacket({
      ssrc: 11 + this.#layer,
      sequenceNumber: this.#start + first + part,
      timestamp: this.#start * 70_000 + now * 90,
      marker: part === parts - 1,
      payload: [...descriptor, ...header, this.#layer, index >> 8, index & 0xff, part],
    });
  }
}

/** What a decoder needs before `picture`: as much as VP8 allows it to need. */
export function references(pictures: readonly Picture[], picture: Picture): readonly Picture[] {
  if (picture.isKeyframe) return [];
  const found = new Map<number, Picture>();
  for (let at = picture.index - 1; at >= 0; at -= 1) {
    const before = pictures[at];
    if (before === undefined) break;
    const isNeeded = picture.isSync ? before.temporal === 0 : before.temporal <= picture.temporal;
    if (isNeeded && !found.has(before.temporal)) found.set(before.temporal, before);
    if (before.isKeyframe) break;
  }
  return [...found.values()];
}
