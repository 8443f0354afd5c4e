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
  colorSpace: 'http://www.webrtc.org/experiments/rtp-hdrext/color-space',
  contentType: 'http://www.webrtc.org/experiments/rtp-hdrext/video-content-type',
  absoluteCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
} as const;

/**
 * Extensions whose value goes from publisher to subscriber as it is, with the sizes in bytes that each may have (RFC
 * 6464, TS 26.114, and the descriptions at their URIs). Colour spaces with HDR metadata do not fit a short element.
 */
export const copiedExtensions: readonly { readonly uri: string; readonly sizes: readonly number[] }[] = [
  { uri: extensionUri.audioLevel, sizes: [1] },
  { uri: extensionUri.videoOrientation, sizes: [1] },
  { uri: extensionUri.playoutDelay, sizes: [3] },
  { uri: extensionUri.colorSpace, sizes: [4] },
  { uri: extensionUri.contentType, sizes: [1] },
  { uri: extensionUri.absoluteCaptureTime, sizes: [8, 16] },
];

/** What all of them take at most, with headers of two bytes. */
export const mostCopiedBytes = 44;

/**
 * When the packet was sent (abs-send-time): seconds with 6 bits before and 18 bits behind the point, wrapping after 64 s.
 * `now` is in milliseconds; a millisecond has 262.144 units.
 */
export function absoluteSendTime(now: number): number {
  return (now * 262.144) & 0xffffff;
}
