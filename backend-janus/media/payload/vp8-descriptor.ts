/** The fields that are rewritten per subscriber (RFC 7741 section 4.2); the last three undefined if absent. */
export interface Vp8Descriptor {
  /** Bytes of the payload that the descriptor takes. */
  readonly length: number;
  /** 7 or 15 bits; `pictureIdBits` says which. */
  readonly pictureId: number | undefined;
  readonly tl0PicIdx: number | undefined;
  readonly temporalLayer: number | undefined;
}

/** Parses VP8 payload descriptors into itself, so that a stream needs one object and not one per packet. */
export class Vp8DescriptorReader implements Vp8Descriptor {
  length = 0;
  pictureId: number | undefined;
  /** 0 without picture id. */
  pictureIdBits: 0 | 7 | 15 = 0;
  tl0PicIdx: number | undefined;
  temporalLayer: number | undefined;
  /** The payload begins a frame: the first packet of its first partition. */
  beginsFrame = false;

  /** Reads the payload between `start` and `end`; false if it is too short for what its flags claim. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.#clear();
    if (start >= end) return false;
    const first = bytes.readUInt8(start);
    this.beginsFrame = (first & 0x17) === 0x10;
    const isExtended = (first & 0x80) !== 0;
    const after = isExtended ? this.#readExtension(bytes, start + 1, end) : start + 1;
    this.length = after - start;
    return after <= end;
  }

  #clear(): void {
    this.length = 0;
    this.pictureId = undefined;
    this.pictureIdBits = 0;
    this.tl0PicIdx = undefined;
    this.temporalLayer = undefined;
  }

  /** Returns where the descriptor ends; beyond `end` if it is cut off. */
  #readExtension(bytes: Buffer, start: number, end: number): number {
    if (start >= end) return end + 1;
    const flags = bytes.readUInt8(start);
    const at = (flags & 0x80) === 0 ? start + 1 : this.#readPictureId(bytes, start + 1, end);
    const afterIndex = at + ((flags & 0x40) >> 6);
    const after = afterIndex + ((flags & 0x30) === 0 ? 0 : 1);
    if (after > end) return after;
    if ((flags & 0x40) !== 0) this.tl0PicIdx = bytes.readUInt8(at);
    if ((flags & 0x20) !== 0) this.temporalLayer = bytes.readUInt8(afterIndex) >> 6;
    return after;
  }

  #readPictureId(bytes: Buffer, at: number, end: number): number {
    if (at >= end) return end + 1;
    const first = bytes.readUInt8(at);
    const isLong = (first & 0x80) !== 0;
    if (isLong && at + 2 > end) return end + 1;
    this.pictureIdBits = isLong ? 15 : 7;
    this.pictureId = isLong ? bytes.readUInt16BE(at) & 0x7fff : first;
    return at + (isLong ? 2 : 1);
  }
}

/**
 * Copies the descriptor that lies at `start` of `bytes` to `at` of `head`, with other numbers. Of `pictureId` and
 * `tl0PicIdx` as many bits are written as the field has; an absent field stays absent. Returns the bytes written.
 */
export function writeVp8Descriptor(
  head: Buffer,
  at: number,
  bytes: Buffer,
  start: number,
  descriptor: Vp8DescriptorReader,
  pictureId: number,
  tl0PicIdx: number,
): number {
  bytes.copy(head, at, start, start + descriptor.length);
  if (descriptor.pictureIdBits === 15) head.writeUInt16BE(0x8000 | (pictureId & 0x7fff), at + 2);
  if (descriptor.pictureIdBits === 7) head.writeUInt8(pictureId & 0x7f, at + 2);
  const indexAt = at + 2 + Math.ceil(descriptor.pictureIdBits / 8);
  if (descriptor.tl0PicIdx !== undefined) head.writeUInt8(tl0PicIdx & 0xff, indexAt);
  return descriptor.length;
}
