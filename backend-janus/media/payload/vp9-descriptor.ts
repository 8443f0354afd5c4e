import type { PictureDescriptor } from './picture-descriptor.ts';

/** Bits of the first byte (RFC 9628 section 4.2). */
const flag = { pictureId: 0x80, interPicture: 0x40, layers: 0x20, flexible: 0x10, begins: 0x08 } as const;

/**
 * Reads the VP9 payload descriptor (RFC 9628 section 4.2) between `start` and `end` as far as the layers; false if the
 * payload is too short for what its flags claim. What follows, references and the scalability structure, goes out as
 * it came.
 *
 * `beginsFrame` is that the packet begins a frame of the lowest spatial layer.
 */
export function readVp9Descriptor(
  into: PictureDescriptor,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  into.clear();
  if (start >= end) return false;
  const first = bytes.readUInt8(start);
  const at = (first & flag.pictureId) === 0 ? 1 : into.readPictureId(bytes, start, 1, end);
  into.beginsFrame = (first & flag.begins) !== 0;
  into.hasReferences = true;
  into.length = (first & flag.layers) === 0 ? at : readLayers(into, bytes, start, at, end, first);
  into.prefixBytes = into.length;
  return start + into.length <= end;
}

/** Whether nothing before is needed to decode from this packet on; of a payload that `readVp9Descriptor` took. */
export function beginsVp9Keyframe(descriptor: PictureDescriptor, bytes: Buffer, start: number): boolean {
  return descriptor.beginsFrame && (bytes.readUInt8(start) & flag.interPicture) === 0;
}

/** Returns the bytes read so far; more than the payload has if it is cut off. */
function readLayers(
  into: PictureDescriptor,
  bytes: Buffer,
  start: number,
  at: number,
  end: number,
  first: number,
): number {
  const hasTl0PicIdx = (first & flag.flexible) === 0;
  const length = at + (hasTl0PicIdx ? 2 : 1);
  if (start + length > end) return length;
  const layers = bytes.readUInt8(start + at);
  into.temporalLayer = layers >> 5;
  into.isSwitchingPoint = (layers & 0x10) !== 0;
  if ((layers & 0x0e) !== 0) into.beginsFrame = false;
  if (hasTl0PicIdx) into.readTl0PicIdx(bytes, start, at + 1);
  return length;
}
