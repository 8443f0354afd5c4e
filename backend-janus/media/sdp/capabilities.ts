import { extensionUri } from '../header-extensions.ts';

/** One encoding that we negotiate; its media passes through unchanged. */
export interface CodecRule {
  /** As `a=rtpmap` spells it. */
  readonly name: string;
  readonly kind: 'audio' | 'video';
  readonly clockRate: number;
  readonly channels: number;
  /** In our own offers. */
  readonly payloadType: number;
  readonly rtxPayloadType?: number;
  /** In our own offers, as in `a=fmtp`. */
  readonly parameters: string;
  /** Format parameters that an answer repeats from the offer. */
  readonly mirrored: readonly string[];
}

const h264Fmtp = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f';
const opusFmtp = ['useinbandfec', 'usedtx', 'stereo'];
const h264Mirrored = ['level-asymmetry-allowed', 'packetization-mode', 'profile-level-id'];
const av1Mirrored = ['profile', 'level-idx', 'tier'];

/**
 * Everything we can negotiate. G722 counts 8000 although it samples at 16000 (RFC 3551 section 4.5.2);
 * telephone-event comes with each clock rate that an audio encoding has (RFC 4733 section 2.1).
 */
// prettier-ignore
export const codecTable: readonly CodecRule[] = [
  { name: 'opus', kind: 'audio', clockRate: 48_000, channels: 2, payloadType: 111, parameters: 'useinbandfec=1', mirrored: opusFmtp },
  { name: 'PCMU', kind: 'audio', clockRate: 8_000, channels: 1, payloadType: 0, parameters: '', mirrored: [] },
  { name: 'PCMA', kind: 'audio', clockRate: 8_000, channels: 1, payloadType: 8, parameters: '', mirrored: [] },
  { name: 'G722', kind: 'audio', clockRate: 8_000, channels: 1, payloadType: 9, parameters: '', mirrored: [] },
  { name: 'telephone-event', kind: 'audio', clockRate: 48_000, channels: 1, payloadType: 110, parameters: '0-15', mirrored: [] },
  { name: 'telephone-event', kind: 'audio', clockRate: 8_000, channels: 1, payloadType: 126, parameters: '0-15', mirrored: [] },
  { name: 'VP8', kind: 'video', clockRate: 90_000, channels: 1, payloadType: 96, rtxPayloadType: 97, parameters: '', mirrored: [] },
  { name: 'VP9', kind: 'video', clockRate: 90_000, channels: 1, payloadType: 98, rtxPayloadType: 99, parameters: 'profile-id=0', mirrored: ['profile-id'] },
  { name: 'H264', kind: 'video', clockRate: 90_000, channels: 1, payloadType: 102, rtxPayloadType: 103, parameters: h264Fmtp, mirrored: h264Mirrored },
  { name: 'AV1', kind: 'video', clockRate: 90_000, channels: 1, payloadType: 45, rtxPayloadType: 46, parameters: '', mirrored: av1Mirrored },
];

/** The one encoding that goes beside another on its m-line: DTMF (RFC 4733). */
export const telephoneEvent = 'telephone-event';

/** Header extensions of our own offers by kind, with our ids; the rid ones only where we take simulcast. */
export const offeredExtensions: Readonly<Record<'audio' | 'video', readonly (readonly [number, string])[]>> =
  {
    audio: [
      [1, extensionUri.audioLevel],
      [2, extensionUri.absoluteSendTime],
      [3, extensionUri.transportWide],
      [4, extensionUri.mid],
      [12, extensionUri.absoluteCaptureTime],
    ],
    video: [
      [2, extensionUri.absoluteSendTime],
      [3, extensionUri.transportWide],
      [4, extensionUri.mid],
      [5, extensionUri.playoutDelay],
      [6, extensionUri.contentType],
      [7, extensionUri.colorSpace],
      [10, extensionUri.rid],
      [11, extensionUri.repairedRid],
      [12, extensionUri.absoluteCaptureTime],
      [13, extensionUri.videoOrientation],
    ],
  };

/** RTCP feedback we negotiate by kind, in the order we print it; `transport-cc` only where we produce it. */
export const feedbackTypes: Readonly<Record<'audio' | 'video', readonly string[]>> = {
  audio: ['transport-cc'],
  video: ['ccm fir', 'nack', 'nack pli', 'goog-remb', 'transport-cc'],
};

/** A data channel association's port where nothing else was said (RFC 8841 section 5). */
export const defaultSctpPort = 5_000;
