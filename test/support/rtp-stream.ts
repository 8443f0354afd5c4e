import { RtpPacket } from '#janus/media';

/** What a test says of one packet; the rest has the defaults of `rtpPacket`. */
export interface PacketPlan {
  readonly payloadType?: number;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
  readonly ssrc?: number;
  readonly marker?: boolean;
  /** Values by id, written with one-byte headers. */
  readonly extensions?: Readonly<Record<number, readonly number[]>>;
  readonly payload?: readonly number[];
  /** Bytes of padding, 0 for none. */
  readonly padding?: number;
}

const defaults: Required<PacketPlan> = {
  payloadType: 96,
  sequenceNumber: 0,
  timestamp: 0,
  ssrc: 1,
  marker: false,
  extensions: {},
  payload: [0],
  padding: 0,
};

/** One RTP packet; payload type 96, SSRC 1 and a payload of one byte unless planned otherwise. */
export function rtpPacket(plan: PacketPlan = {}): RtpPacket {
  const packet = RtpPacket.parse(rtpBytes(plan));
  if (packet === undefined) throw new RangeError('the plan makes no RTP packet');
  return packet;
}

/** As `rtpPacket`, the bytes alone. */
export function rtpBytes(plan: PacketPlan = {}): Buffer {
  const all = { ...defaults, ...plan };
  const elements = Object.entries(all.extensions).flatMap(([id, value]) => [
    (Number(id) << 4) | (value.length - 1),
    ...value,
  ]);
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80 | (all.padding > 0 ? 0x20 : 0) | (elements.length > 0 ? 0x10 : 0), 0);
  header.writeUInt8((all.marker ? 0x80 : 0) | all.payloadType, 1);
  header.writeUInt16BE(all.sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(all.timestamp >>> 0, 4);
  header.writeUInt32BE(all.ssrc, 8);
  const padding = Buffer.alloc(all.padding);
  if (all.padding > 0) padding.writeUInt8(all.padding, all.padding - 1);
  return Buffer.concat([header, extensionBlock(elements), Buffer.from(all.payload), padding]);
}

/** A VP8 payload (RFC 7741) whose descriptor has a 15-bit picture id, TL0PICIDX and a temporal layer of 0. */
export function vp8Payload(pictureId: number, tl0PicIdx: number, isKeyframe: boolean): readonly number[] {
  return [0x90, 0xe0, 0x80 | (pictureId >> 8), pictureId & 0xff, tl0PicIdx, 0x00, isKeyframe ? 0 : 1, 0xab];
}

/** The temporal layers of four pictures, and which of them need only the lowest layer, as libvpx makes three. */
const temporalPattern = [
  { layer: 0, isSync: false },
  { layer: 2, isSync: true },
  { layer: 1, isSync: true },
  { layer: 2, isSync: false },
] as const;

/** One picture of a VP8 stream with three temporal layers, whose payload ends in `mark`. */
export function vp8Layer(picture: number, isKeyframe: boolean, mark: number): readonly number[] {
  const step = temporalPattern[isKeyframe ? 0 : picture % temporalPattern.length] ?? temporalPattern[0];
  const [first, flags, high = 0, low = 0, index = 0] = vp8Payload(picture & 0x7fff, picture >> 2, isKeyframe);
  const layer = (step.layer << 6) | (step.isSync ? 0x20 : 0);
  return [first ?? 0, flags ?? 0, high, low, index & 0xff, layer, isKeyframe ? 0 : 1, mark];
}

function extensionBlock(elements: readonly number[]): Buffer {
  if (elements.length === 0) return Buffer.alloc(0);
  const words = Math.ceil(elements.length / 4);
  const block = Buffer.alloc(4 + 4 * words);
  block.writeUInt16BE(0xbede, 0);
  block.writeUInt16BE(words, 2);
  Buffer.from(elements).copy(block, 4);
  return block;
}
