/** URIs of the header extensions that the packet path knows. */
export const extensionUri = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  absoluteSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportWide: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  videoOrientation: 'urn:3gpp:video-orientation',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

/** Extensions whose value goes from publisher to subscriber as it is, with the bytes each has (RFC 6464, TS 26.114). */
export const copiedExtensions = [
  { uri: extensionUri.audioLevel, bytes: 1 },
  { uri: extensionUri.videoOrientation, bytes: 1 },
  { uri: extensionUri.playoutDelay, bytes: 3 },
] as const;

/** Seconds with 6 bits before and 18 bits behind the point, wrapping: when the packet was sent (abs-send-time). */
export function absoluteSendTime(now: number): number {
  return Math.floor(((now % 64_000) / 1000) * 2 ** 18) % 2 ** 24;
}
