import type { RefusalReason, StreamStats } from '#janus/media';
import type { MediaSection } from '../media-section.ts';
import type { ReceiveStream } from '../receive-stream.ts';
import type { SendStream } from '../send-stream.ts';

/** Counters of datagrams refused, at zero. */
export function noRefusals(): Record<RefusalReason, number> {
  return { unknown_address: 0, malformed: 0, unauthentic: 0, replayed: 0, unknown_stream: 0, rate: 0 };
}

/** Packets that did not arrive, of all streams of these m-lines. */
export function lostPackets(sections: Iterable<MediaSection>): number {
  let lost = 0;
  for (const { streams } of sections) for (const { statistics } of streams.values()) lost += statistics.lost;
  return lost;
}

/** The counters of all streams of an m-line, those that arrive first. */
export function streamStats(section: MediaSection): StreamStats[] {
  const { streams, send } = section;
  const received = [...streams.values()].map((stream) => receivedStats(section, stream));
  return send === undefined ? received : [...received, sentStats(section, send)];
}

function receivedStats({ mid, kind }: MediaSection, stream: ReceiveStream): StreamStats {
  const { encoding, statistics, rate, roundTripMs, nacks, retransmissions, keyframeRequests } = stream;
  return {
    mid,
    kind,
    direction: 'in',
    ssrc: encoding.ssrc,
    codec: stream.codec,
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

function sentStats({ mid, kind }: MediaSection, send: SendStream): StreamStats {
  const { parameters, statistics, rate, lost, jitterMs, roundTripMs } = send;
  const { nacks, retransmissions, keyframeRequests } = send;
  return {
    mid,
    kind,
    direction: 'out',
    ssrc: parameters.ssrc,
    codec: send.codec,
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
