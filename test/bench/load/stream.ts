/** What is published: one RTP stream, as a packet of it is made. */
export interface StreamShape {
  readonly kind: 'audio' | 'video';
  /** As `a=rtpmap` spells it. */
  readonly codec: 'VP8' | 'opus';
  readonly packetsPerSecond: number;
  /** Of the RTP packet in clear, its header of 12 bytes included. */
  readonly packetBytes: number;
}

/** 8.8 Mbit/s of VP8: what the figures of performance.md are made with. */
export const fastVideo: StreamShape = {
  kind: 'video',
  codec: 'VP8',
  packetsPerSecond: 1000,
  packetBytes: 1100,
};

/** Opus with its usual 20 ms per packet. */
export const audio: StreamShape = { kind: 'audio', codec: 'opus', packetsPerSecond: 50, packetBytes: 100 };

/** Frequent enough that the first packet after a set-up does not keep it waiting, and cheap. */
export const beacon: StreamShape = { kind: 'audio', codec: 'opus', packetsPerSecond: 200, packetBytes: 100 };

export const headerBytes = 12;

const framesPerSecond = 30;
const videoClockRate = 90_000;
const audioTicksPerPacket = 960;

/** VP8 payload descriptor with a picture id of 15 bits (RFC 7741 section 4.2). */
const descriptorBytes = 4;

/** RFC 6386 section 9.1: three bytes of frame tag, three of start code, four of size. */
const keyframeHeader = Buffer.from([0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
const deltaFrameHeader = Buffer.from([0x11, 0x00, 0x00]);

/** The end of each payload: when it was sent, on the scale of `performance.now()`. */
const stampBytes = 8;

/** Writes the packets of one stream, one after the other, into a head and a payload that are used again. */
export class StreamWriter {
  readonly head = Buffer.alloc(headerBytes);
  readonly payload: Buffer;
  keyframes = 0;
  readonly #shape: StreamShape;
  readonly #packetsPerFrame: number;
  #sequence = 1;
  #timestamp = 0;
  #pictureId = 0;
  #packetOfFrame = 0;
  #wantsKeyframe = true;

  constructor(shape: StreamShape, payloadType: number, ssrc: number) {
    this.#shape = shape;
    this.#packetsPerFrame = Math.max(1, Math.round(shape.packetsPerSecond / framesPerSecond));
    this.payload = Buffer.alloc(shape.packetBytes - headerBytes, 0x5a);
    this.head.writeUInt8(0x80, 0);
    this.head.writeUInt8(payloadType, 1);
    this.head.writeUInt32BE(ssrc, 8);
  }

  /** The next frame will be a keyframe. */
  wantKeyframe(): void {
    this.#wantsKeyframe = true;
  }

  /** Makes the next packet; `now` is written at its end. */
  next(now: number): void {
    if (this.#shape.kind === 'video') this.#nextOfVideo();
    else this.#timestamp += audioTicksPerPacket;
    this.head.writeUInt16BE(this.#sequence & 0xffff, 2);
    this.head.writeUInt32BE(this.#timestamp >>> 0, 4);
    this.payload.writeDoubleBE(now, this.payload.length - stampBytes);
    this.#sequence += 1;
  }

  #nextOfVideo(): void {
    const isFirst = this.#packetOfFrame === 0;
    if (isFirst) this.#beginFrame();
    this.payload.writeUInt8(isFirst ? 0x90 : 0x80, 0);
    this.#packetOfFrame = (this.#packetOfFrame + 1) % this.#packetsPerFrame;
    const isLast = this.#packetOfFrame === 0;
    const payloadType = this.head.readUInt8(1) & 0x7f;
    this.head.writeUInt8(isLast ? payloadType | 0x80 : payloadType, 1);
  }

  #beginFrame(): void {
    this.#timestamp += videoClockRate / framesPerSecond;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.payload.writeUInt8(0x80, 1);
    this.payload.writeUInt16BE(0x8000 | this.#pictureId, 2);
    const header = this.#wantsKeyframe ? keyframeHeader : deltaFrameHeader;
    header.copy(this.payload, descriptorBytes);
    if (this.#wantsKeyframe) this.keyframes += 1;
    this.#wantsKeyframe = false;
  }
}

/** When a packet was sent, by what `StreamWriter` wrote at the end of the payload that ends at `end`. */
export function sentAt(packet: Buffer, end: number): number {
  return packet.readDoubleBE(end - stampBytes);
}
