import type { ErrorName } from '#schemas';
import type { JanusEvent } from '#janus/protocol';
import { unreachable } from '#services/kernel';
import type { LegEvent } from '#services/session';

/** Why a peer connection of Janus ended, by the `reason` of its `hangup`; any other is an end that Janus made. */
const hangups: ReadonlyMap<string, ErrorName> = new Map([
  // The client closed its peer connection: a DTLS close_notify.
  ['DTLS alert', 'normal_termination'],
  ['DTLS timeout', 'dtls_failed'],
  ['DTLS error', 'dtls_failed'],
  ['DTLS-SRTP stack error', 'dtls_failed'],
  ['ICE failed', 'ice_timeout'],
]);

/**
 * What an event of Janus means to the session; undefined for those that mean nothing. `isSilent`: the client was found to
 * be silent, and nothing came from it since.
 */
export function toLegEvent(event: JanusEvent, isSilent = false): LegEvent | undefined {
  switch (event.janus) {
    case 'webrtcup':
      return { type: 'media_up' };
    case 'media':
      return { type: 'media', kind: event.type, isFlowing: event.receiving };
    case 'slowlink':
      // Janus looks from the client's side of a loss: `uplink` is what Janus sends and the client misses.
      return { type: 'slow_link', isUplink: !event.uplink, lostPackets: event.lost };
    case 'trickle':
      return { type: 'candidate', candidate: 'completed' in event.candidate ? undefined : event.candidate };
    case 'hangup':
      return { type: 'gone', reason: hangupReason(event.reason, isSilent) };
    case 'detached':
    case 'timeout':
      return { type: 'gone', reason: 'janus_session_down' };
    // A `hangup` follows, after a time in which the client may come back.
    case 'ice-failed':
      return { type: 'media_timeout' };
    // What plugins say unasked matters to their sagas alone.
    case 'event':
      return undefined;
    default:
      return unreachable(event);
  }
}

/** Janus has one word for ICE that never came up, and for a client that was there and is not any more. */
function hangupReason(reason: string, isSilent: boolean): ErrorName {
  const name = hangups.get(reason) ?? 'janus_session_down';
  return name === 'ice_timeout' && isSilent ? 'media_timeout' : name;
}
