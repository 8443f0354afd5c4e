/** What fields that a descriptor may lack are where it lacks them. */
export const absent = -1;

/**
 * What a payload descriptor says of the picture that a packet belongs to (RFC 7741, RFC 9628). One object per stream,
 * filled anew for each packet.
 */
export class PictureDescriptor {
  /** Bytes from the beginning of the payload up to the end of what is rewritten. */
  prefixBytes = 0;
  /** Bytes of the payload that the descriptor takes, as far as it is read. */
  length = 0;
  /** 7 or 15 bits, as `pictureIdBits` says, which is 0 where there is none. */
  pictureId = absent;
  pictureIdBits: 0 | 7 | 15 = 0;
  pictureIdAt = 0;
  /** 8 bits. */
  tl0PicIdx = absent;
  tl0PicIdxAt = 0;
  /** From 0 on. */
  temporalLayer = absent;
  /** VP8: of its own layer and those below, the picture needs only the lowest one's last. */
  isLayerSync = false;
  /** VP9: no later picture of a higher layer needs one from before this. */
  isSwitchingPoint = false;
  /** The payload begins a frame: the first packet of its first partition. */
  beginsFrame = false;
  /** Pictures are referred to by distance, so that their ids may not be numbered anew without gaps. */
  hasReferences = false;

  clear(): void {
    this.prefixBytes = 0;
    this.length = 0;
    this.pictureId = absent;
    this.pictureIdBits = 0;
    this.tl0PicIdx = absent;
    this.temporalLayer = absent;
    this.isLayerSync = false;
    this.isSwitchingPoint = false;
    this.beginsFrame = false;
    this.hasReferences = false;
  }

  /** Reads the picture id at `start + offset`; returns the offset behind it, beyond `end` if it is cut off. */
  readPictureId(bytes: Buffer, start: number, offset: number, end: number): number {
    const at = start + offset;
    if (at >= end) return end - start + 1;
    const first = bytes.readUInt8(at);
    const isLong = (first & 0x80) !== 0;
    if (isLong && at + 2 > end) return end - start + 1;
    this.pictureIdBits = isLong ? 15 : 7;
    this.pictureId = isLong ? bytes.readUInt16BE(at) & 0x7fff : first;
    this.pictureIdAt = offset;
    return offset + (isLong ? 2 : 1);
  }

  /** Reads TL0PICIDX at `start + offset`, which the caller has checked to lie within the payload. */
  readTl0PicIdx(bytes: Buffer, start: number, offset: number): void {
    this.tl0PicIdx = bytes.readUInt8(start + offset);
    this.tl0PicIdxAt = offset;
  }

  /**
   * Copies the prefix of the descriptor that lies at `start` of `bytes` to `at` of `head`, with other numbers. Of each
   * as many bits are written as the field has; an absent field stays absent. Returns the bytes written.
   */
  rewrite(
    head: Buffer,
    at: number,
    bytes: Buffer,
    start: number,
    pictureId: number,
    tl0PicIdx: number,
  ): number {
    bytes.copy(head, at, start, start + this.prefixBytes);
    const idAt = at + this.pictureIdAt;
    if (this.pictureIdBits === 15) head.writeUInt16BE(0x8000 | (pictureId & 0x7fff), idAt);
    if (this.pictureIdBits === 7) head.writeUInt8(pictureId & 0x7f, idAt);
    if (this.tl0PicIdx !== absent) head.writeUInt8(tl0PicIdx & 0xff, at + this.tl0PicIdxAt);
    return this.prefixBytes;
  }
}
