import type { Direction, OfferedStream, StreamPlan } from '#janus/media';
import { fromLowToHigh } from './simulcast-order.ts';

/** Encoding names in order of preference, as `a=rtpmap` spells them. */
export interface CodecPreferences {
  readonly audio: readonly string[];
  readonly video: readonly string[];
  /** Format parameters by encoding name, where the usual ones are not wanted. */
  readonly fmtp?: Readonly<Record<string, string>>;
}

/** Everything that can be forwarded, first what Janus prefers. */
export const allCodecs: CodecPreferences = {
  audio: ['opus', 'PCMU', 'PCMA', 'G722'],
  video: ['VP8', 'VP9', 'H264', 'AV1'],
};

/** `codecs` with one moved to the front; as they are if it is none of them. Case does not matter. */
export function preferring(codecs: readonly string[], wanted: string | undefined): readonly string[] {
  const first = codecs.filter((name) => name.toLowerCase() === wanted?.toLowerCase());
  return [...first, ...codecs.filter((name) => !first.includes(name))];
}

/**
 * Plans to take all that is offered and send as much back: one codec per stream, the first of our preferences that the
 * offer has, and the first data channel m-line. A stream without such a codec is left out, and so rejected. Simulcast
 * is taken with all its layers, which `ridOrder` says the order of, as in `fromLowToHigh`.
 */
export function mirrorStreams(
  offered: readonly OfferedStream[],
  preferences: CodecPreferences,
  ridOrder?: string,
): readonly StreamPlan[] {
  const { fmtp } = preferences;
  return offered.flatMap(({ mid, kind, direction, codecNames, rids: named }): StreamPlan[] => {
    if (kind === 'data') return [{ mid, kind, direction: 'sendrecv', codecs: [] }];
    const codecs = preferences[kind].filter((name) => codecNames.includes(name));
    if (codecs.length === 0) return [];
    const rids = fromLowToHigh(named, ridOrder);
    return [{ mid, kind, direction: reversed(direction), codecs, rids, ...(fmtp && { fmtp }) }];
  });
}

/** What an answer may say to an offered direction at most (RFC 3264 section 6.1). */
export function reversed(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  return direction === 'recvonly' ? 'sendonly' : direction;
}
