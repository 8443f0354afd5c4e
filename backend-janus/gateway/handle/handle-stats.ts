import type { SessionStats } from '#schemas';
import type {
  ForwardedLayers,
  PeerConnectionStats,
  PlainRtpStats,
  StreamCounters,
  StreamStats,
  TransportPath,
} from '#janus/media';
import { element } from '#janus/protocol';
import type { TransportAddress } from '#services/kernel';
import type { MessageRequest } from './messages.ts';

/** Tells which layers of an m-line go out; undefined where there are none, or nobody knows. */
export type LayersOf = (mid: string) => ForwardedLayers | undefined;

/** A message that is for the gateway itself, whatever the plugin: an extension of ours that `info` announces. */
export function asksForStats({ body, jsep }: Pick<MessageRequest, 'body' | 'jsep'>): boolean {
  const ours = element(body, 'bifrons');
  const isObject = typeof ours === 'object' && ours !== null;
  return jsep === undefined && isObject && element(ours, 'request') === 'stats';
}

/** Whether such a message asks for the plugin's legs on plain RTP, in place of the peer connection. */
export function asksForPlain({ body }: Pick<MessageRequest, 'body'>): boolean {
  const ours = element(body, 'bifrons');
  return typeof ours === 'object' && ours !== null && element(ours, 'side') === 'plain';
}

/** Counters of a plugin's legs on plain RTP in the same words; the addresses are those of the first leg. */
export function plainStats(
  legs: readonly (PlainRtpStats & { readonly mid: string | undefined })[],
  time: number,
): SessionStats {
  const [first] = legs;
  const { roundTripMs, local, remote } = first ?? {};
  return {
    time,
    packets_lost: legs.reduce((sum, { packetsLost }) => sum + packetsLost, 0),
    ...(roundTripMs !== undefined && { round_trip_ms: roundTripMs }),
    ...(local && remote && addressWords({ local, remote, protocol: 'udp' })),
    streams: legs.flatMap(({ mid = '', streams }) => streams.map((one) => plainWords(mid, one))),
  };
}

/**
 * Counters of a handle's peer connection in the words of `session_stats`, read at `time` (milliseconds since the Unix
 * epoch). Without a connection there are no streams.
 */
export function handleStats(
  stats: PeerConnectionStats | undefined,
  layersOf: LayersOf,
  time: number,
): SessionStats {
  if (stats === undefined) return { time, streams: [] };
  const { roundTripMs, availableBitsPerSecond, bitrateLimit, path } = stats;
  return {
    time,
    bytes_received: stats.bytesReceived,
    bytes_sent: stats.bytesSent,
    packets_lost: stats.packetsLost,
    ...(roundTripMs !== undefined && { round_trip_ms: roundTripMs }),
    ...(availableBitsPerSecond !== undefined && { available_bitrate: Math.round(availableBitsPerSecond) }),
    ...(bitrateLimit !== undefined && { bitrate_limit: bitrateLimit }),
    ...(path && addressWords(path)),
    streams: stats.streams.map((stream) => streamWords(stream, layersOf)),
  };
}

function streamWords(stream: StreamStats, layersOf: LayersOf): SessionStats['streams'][number] {
  const { mid, direction, rid } = stream;
  const { substream, temporal } = (direction === 'out' ? layersOf(mid) : undefined) ?? {};
  return {
    ...plainWords(mid, stream),
    ...(rid !== undefined && { rid }),
    nacks: stream.nacks,
    retransmissions: stream.retransmissions,
    keyframe_requests: stream.keyframeRequests,
    ...(substream !== undefined && { substream }),
    ...(temporal !== undefined && { temporal_layer: temporal }),
  };
}

function plainWords(mid: string, stream: StreamCounters): SessionStats['streams'][number] {
  const { kind, direction, ssrc, codec, packets, bytes, jitterMs, roundTripMs } = stream;
  return {
    mid,
    media: kind,
    direction,
    ssrc,
    codec,
    packets,
    bytes,
    bitrate: Math.round(stream.bitsPerSecond),
    packets_lost: stream.packetsLost,
    ...(jitterMs !== undefined && { jitter_ms: jitterMs }),
    ...(roundTripMs !== undefined && { round_trip_ms: roundTripMs }),
  };
}

function addressWords({
  local,
  remote,
  protocol,
}: TransportPath): Pick<SessionStats, 'local_address' | 'remote_address' | 'protocol'> {
  return { local_address: addressText(local), remote_address: addressText(remote), protocol };
}

/** RFC 3986 section 3.2.2: an IPv6 address stands in brackets. */
function addressText({ address, port }: TransportAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
