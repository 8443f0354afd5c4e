import type { SessionEvent } from '#schemas';
import { unreachable } from '#services/kernel';
import type { StatusBody } from './media-state.ts';
import type { LegEvent } from '../ports.ts';

/** What a leg tells of its media, which decides nothing in the session. */
export type Told = Extract<
  LegEvent,
  { readonly type: 'media_up' | 'media' | 'slow_link' | 'media_timeout' | 'dtmf' | 'recorder' }
>;

/** What a leg tells, as the event that the client gets. */
export function toldOf(event: Told): SessionEvent {
  switch (event.type) {
    case 'media_up':
      return status({ class: 'webrtc', status: 'up', webrtc_ready: true });
    case 'media':
      return status(flowing(event.kind, event.isFlowing));
    case 'slow_link':
      return status({ class: 'slow_link', uplink: event.isUplink, nacks: event.lostPackets });
    case 'media_timeout':
      return { type: 'media_timeout', body: {} };
    case 'dtmf':
      return { type: 'info', body: { info: 'dtmf', digit: event.digit } };
    case 'recorder':
      return { type: 'recorder', body: { action: event.state, ...(event.uri && { uri: event.uri }) } };
    default:
      return unreachable(event);
  }
}

function status(body: StatusBody): SessionEvent {
  return { type: 'status', body };
}

function flowing(kind: 'audio' | 'video', isFlowing: boolean): StatusBody {
  const word = isFlowing ? 'started' : 'stopped';
  const flat = kind === 'audio' ? ({ audio_status: word } as const) : ({ video_status: word } as const);
  return { class: 'media', media: kind, status: isFlowing ? 'up' : 'down', ...flat };
}
