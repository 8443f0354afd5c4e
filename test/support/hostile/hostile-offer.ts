import type { IceCredentials } from '../../../backend-janus/webrtc/ice/credentials.ts';
import { fingerprint } from './hostile-dtls.ts';

/** What the far end sends, by its own numbers. */
export const streams = {
  audio: { mid: '0', payloadType: 111, ssrc: 1001 },
  video: { mid: '1', payloadType: 96, ssrc: 2001, rtxPayloadType: 97, rtxSsrc: 2002 },
} as const;

/** Ids of the header extensions in the offer. */
export const extensionIds = { audioLevel: 1, absSendTime: 2, mid: 4, rid: 10 } as const;

/** What every m-line of media says besides its codecs. */
const media = [
  'a=sendrecv',
  'a=rtcp-mux',
  `a=extmap:${extensionIds.absSendTime} http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`,
  `a=extmap:${extensionIds.mid} urn:ietf:params:rtp-hdrext:sdes:mid`,
];

const { audio, video } = streams;

const audioLines = [
  `a=mid:${audio.mid}`,
  ...media,
  `a=extmap:${extensionIds.audioLevel} urn:ietf:params:rtp-hdrext:ssrc-audio-level`,
  `a=rtpmap:${audio.payloadType} opus/48000/2`,
  `a=ssrc:${audio.ssrc} cname:hostile`,
];

const videoLines = [
  `a=mid:${video.mid}`,
  ...media,
  `a=rtpmap:${video.payloadType} VP8/90000`,
  ...['nack', 'nack pli', 'ccm fir', 'goog-remb'].map((type) => `a=rtcp-fb:${video.payloadType} ${type}`),
  `a=rtpmap:${video.rtxPayloadType} rtx/90000`,
  `a=fmtp:${video.rtxPayloadType} apt=${video.payloadType}`,
  `a=ssrc-group:FID ${video.ssrc} ${video.rtxSsrc}`,
  `a=ssrc:${video.ssrc} cname:hostile`,
  `a=ssrc:${video.rtxSsrc} cname:hostile`,
];

const dataLines = ['a=mid:2', 'a=sctp-port:5000', 'a=max-message-size:262144'];

/** An offer of audio, video with retransmissions, and data. `setup` is `active` for a DTLS client. */
export function hostileOffer({ ufrag, password }: IceCredentials, setup: 'active' | 'passive'): string {
  const transport = [
    'c=IN IP4 0.0.0.0',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${setup}`,
  ];
  return [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1 2'],
    ...[`m=audio 9 UDP/TLS/RTP/SAVPF ${audio.payloadType}`, ...transport, ...audioLines],
    ...[
      `m=video 9 UDP/TLS/RTP/SAVPF ${video.payloadType} ${video.rtxPayloadType}`,
      ...transport,
      ...videoLines,
    ],
    ...['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', ...transport, ...dataLines],
    '',
  ].join('\r\n');
}
