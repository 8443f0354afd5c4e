const transport = `a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 ${new Array(32).fill('AA').join(':')}
a=setup:actpass
a=mid:0
a=rtcp-mux
a=sendrecv`;

const codecs = `a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 goog-remb
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id`;

function offer(...layers: readonly string[]): string {
  const session = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0'];
  const media = ['m=video 9 UDP/TLS/RTP/SAVPF 96 97', 'c=IN IP4 0.0.0.0', transport, codecs];
  return `${[...session, ...media, ...layers].join('\n').replaceAll('\n', '\r\n')}\r\n`;
}

/** A camera with three layers by rid, the highest first, as browsers offer it. */
export const simulcastOffer = offer(
  ...['h', 'm', 'l'].map((rid) => `a=rid:${rid} send`),
  'a=simulcast:send h;m;l',
);

/** The same by SSRC, the lowest first: 11, 12 and 13, repeated by 21, 22 and 23. */
export const ssrcSimulcastOffer = offer(
  'a=ssrc-group:SIM 11 12 13',
  ...[11, 12, 13].map((ssrc) => `a=ssrc-group:FID ${ssrc} ${ssrc + 10}`),
  ...[11, 12, 13, 21, 22, 23].map((ssrc) => `a=ssrc:${ssrc} cname:camera`),
);
