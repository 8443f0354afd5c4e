import type { PictureDescriptor } from './picture-descriptor.ts';
import { beginsVp9Keyframe } from './vp9-descriptor.ts';

/** The encodings in whose payload we find keyframes. */
export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1';

const videoCodecs: ReadonlyMap<string, VideoCodec> = new Map([
  ['vp8', 'vp8'],
  ['vp9', 'vp9'],
  ['h264', 'h264'],
  ['av1', 'av1'],
]);

/** H.264 NAL unit types (ITU-T H.264 table 7-1) and packet types (RFC 6184 section 5.2). */
const nal = { idrSlice: 5, sequenceParameters: 7, stapA: 24, fuA: 28 } as const;

/** NAL units looked at in one aggregation packet. */
const mostNalUnits = 16;

/** By the name in `a=rtpmap`, in whatever case (RFC 4855 section 3). */
export function videoCodecOf(encodingName: string): VideoCodec | undefined {
  return videoCodecs.get(encodingName.toLowerCase());
}

/**
 * Whether the payload between `start` and `end` is the first of a keyframe, from which a decoder can begin; of
 * encodings with a payload descriptor, `descriptor` holds it, read from the same payload.
 */
export function beginsKeyframe(
  codec: VideoCodec,
  bytes: Buffer,
  start: number,
  end: number,
  descriptor: PictureDescriptor,
): boolean {
  switch (codec) {
    case 'vp8':
      return beginsVp8Keyframe(descriptor, bytes, start, end);
    case 'vp9':
      return beginsVp9Keyframe(descriptor, bytes, start);
    case 'h264':
      return beginsH264Keyframe(bytes, start, end);
    case 'av1':
      // AV1 RTP payload section 4.4: N says that a coded video sequence begins, Z that its first OBU is a rest.
      return start < end && (bytes.readUInt8(start) & 0x88) === 0x08;
  }
}

/** RFC 7741 section 4.3: the P bit is 0 in the header of a key frame, which follows the descriptor. */
function beginsVp8Keyframe(
  { beginsFrame, length }: PictureDescriptor,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  return beginsFrame && start + length < end && (bytes.readUInt8(start + length) & 1) === 0;
}

function beginsH264Keyframe(bytes: Buffer, start: number, end: number): boolean {
  if (start >= end) return false;
  const type = bytes.readUInt8(start) & 0x1f;
  if (type === nal.stapA) return aggregatesKeyframe(bytes, start + 1, end);
  if (type !== nal.fuA) return beginsPicture(type);
  // RFC 6184 section 5.8: S is set in the first fragment.
  const fragment = start + 1 < end ? bytes.readUInt8(start + 1) : 0;
  return (fragment & 0x80) !== 0 && beginsPicture(fragment & 0x1f);
}

/** RFC 6184 section 5.7.1: each NAL unit after its size in 16 bits. */
function aggregatesKeyframe(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  for (let count = 0; count < mostNalUnits && at + 2 < end; count += 1) {
    if (beginsPicture(bytes.readUInt8(at + 2) & 0x1f)) return true;
    at += 2 + bytes.readUInt16BE(at);
  }
  return false;
}

function beginsPicture(type: number): boolean {
  return type === nal.sequenceParameters || type === nal.idrSlice;
}
