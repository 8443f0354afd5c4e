import type { WebRtcCounts } from '#janus/webrtc';

/** What `WebRtc.counts` says when nothing is alive. */
export const noConnections: WebRtcCounts = {
  connections: 0,
  peers: 0,
  addresses: 0,
  tcpConnections: 0,
  holdings: 0,
};
