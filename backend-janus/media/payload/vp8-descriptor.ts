import type { PictureDescriptor } from './picture-descriptor.ts';

/**
 * Reads the VP8 payload descriptor (RFC 7741 section 4.2) between `start` and `end`; false if the payload is too short
 * for what its flags claim.
 */
export function readVp8Descriptor(
  into: PictureDescriptor,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  into.clear();
  if (start >= end) return false;
  const first = bytes.readUInt8(start);
  into.beginsFrame = (first & 0x17) === 0x10;
  into.length = (first & 0x80) === 0 ? 1 : readExtension(into, bytes, start, end);
  into.prefixBytes = into.length;
  return start + into.length <= end;
}

/** Returns the bytes of the descriptor; more than the payload has if it is cut off. */
function readExtension(into: PictureDescriptor, bytes: Buffer, start: number, end: number): number {
  if (start + 1 >= end) return 2;
  const flags = bytes.readUInt8(start + 1);
  const at = (flags & 0x80) === 0 ? 2 : into.readPictureId(bytes, start, 2, end);
  const layerAt = at + ((flags & 0x40) >> 6);
  const length = layerAt + ((flags & 0x30) === 0 ? 0 : 1);
  if (start + length > end) return length;
  if ((flags & 0x40) !== 0) into.readTl0PicIdx(bytes, start, at);
  if ((flags & 0x20) !== 0) readTemporalLayer(into, bytes.readUInt8(start + layerAt));
  return length;
}

function readTemporalLayer(into: PictureDescriptor, layer: number): void {
  into.temporalLayer = layer >> 6;
  into.isLayerSync = (layer & 0x20) !== 0;
}
