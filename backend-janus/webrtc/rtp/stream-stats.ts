import type { StreamStats } from '#janus/media';
import type { MediaSection } from './media-section.ts';
import type { ReceiveStream } from './receive-stream.ts';
import type { SendStream } from './send-stream.ts';

/** The counters of all streams of an m-line, those that arrive first. */
export function streamStats({ mid, streams, send }: MediaSection): StreamStats[] {
  const received = [...streams.values()].map((stream) => receivedStats(mid, stream));
  return send === undefined ? received : [...received, sentStats(mid, send)];
}

function receivedStats(mid: string, stream: ReceiveStream): StreamStats {
  const { encoding, statistics, rate, roundTripMs, nacks, retransmissions, keyframeRequests } = stream;
  return {
    mid,
    direction: 'in',
    ssrc: encoding.ssrc,
    ...(encoding.rid !== undefined && { rid: encoding.rid }),
    packets: statistics.packets,
    bytes: statistics.octets,
    bitsPerSecond: rate.bitsPerSecond,
    packetsLost: statistics.lost,
    jitterMs: statistics.jitterMs,
    roundTripMs,
    nacks,
    retransmissions,
    keyframeRequests,
  };
}

function sentStats(mid: string, send: SendStream): StreamStats {
  const { parameters, statistics, rate, lost, jitterMs, roundTripMs } = send;
  const { nacks, retransmissions, keyframeRequests } = send;
  return {
    mid,
    direction: 'out',
    ssrc: parameters.ssrc,
    packets: statistics.packets,
    bytes: statistics.octets,
    bitsPerSecond: rate.bitsPerSecond,
    packetsLost: lost,
    jitterMs,
    roundTripMs,
    nacks,
    retransmissions,
    keyframeRequests,
  };
}
