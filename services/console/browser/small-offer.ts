/** A complete audio offer, as small as it can be: the fingerprint and the ICE credentials belong to nobody. */
export const audioOffer = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=ice-ufrag:firstTry',
  'a=ice-pwd:anExamplePasswordOf24Chr',
  'a=setup:actpass',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, (_, byte) => (byte + 16).toString(16).toUpperCase()).join(':')}`,
  '',
].join('\r\n');
