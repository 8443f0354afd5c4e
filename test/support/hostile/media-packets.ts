import { rtpBytes } from '../rtp-stream.ts';
import { extensionIds, streams } from './hostile-offer.ts';

/** One honest audio packet in clear, whose payload carries `counter`. */
export function audioPacket(counter: number): Buffer {
  const payload = Buffer.alloc(40, 0x55);
  payload.writeUInt32BE(counter, 0);
  const { payloadType, ssrc, mid } = streams.audio;
  return rtpBytes({
    payloadType,
    ssrc,
    sequenceNumber: counter & 0xffff,
    timestamp: counter * 960,
    extensions: { [extensionIds.mid]: [...Buffer.from(mid)] },
    payload: [...payload],
  });
}

/** The counter of an audio packet that came back; undefined if it is none. */
export function counterOf(packet: Buffer): number | undefined {
  return packet.length >= 40 && packet.at(-1) === 0x55 ? packet.readUInt32BE(packet.length - 40) : undefined;
}

/** One honest sender report of the audio (RFC 3550 section 6.4.1). */
export function senderReport(counter: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c80006, 0);
  report.writeUInt32BE(streams.audio.ssrc, 4);
  report.writeUInt32BE(3_900_000_000 + counter, 8);
  report.writeUInt32BE(counter * 960, 16);
  report.writeUInt32BE(counter, 20);
  report.writeUInt32BE(counter * 40, 24);
  return report;
}

/** A picture loss indication (RFC 4585 section 6.3.1) about the stream `media`. */
export function pictureLoss(media: number): Buffer {
  const block = Buffer.alloc(12);
  block.writeUInt32BE(0x81ce0002, 0);
  block.writeUInt32BE(streams.video.ssrc, 4);
  block.writeUInt32BE(media, 8);
  return block;
}

/** A request for one lost packet of the stream `media` (RFC 4585 section 6.2.1). */
export function lossOf(media: number, sequenceNumber: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32BE(0x81cd0003, 0);
  block.writeUInt32BE(streams.video.ssrc, 4);
  block.writeUInt32BE(media, 8);
  block.writeUInt16BE(sequenceNumber, 12);
  return block;
}
