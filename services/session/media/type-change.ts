import { MediaError, type SessionId, type SessionType } from '#schemas';
import type { LegOperation, TypeExt } from '../ports.ts';
import type { PresentType } from './present-type.ts';

/** How a session becomes another: what its leg is asked, and what it is then. */
export interface TypeChange {
  readonly operation: LegOperation;
  readonly type: SessionType;
  readonly ext: TypeExt;
}

/** Between these media flows without a new negotiation; both are connected to nobody. */
const alone: ReadonlySet<SessionType> = new Set<SessionType>(['echo', 'park']);

/**
 * What `set_type` does to a session that was made as `created`: a listener moves to another publisher, echo and park
 * change places. A bridge that was parked by the loss of its peer stays so. Anything else is `not_implemented`.
 */
export function typeChange(
  created: SessionType,
  now: PresentType,
  to: SessionType,
  publisherId: SessionId | undefined,
): TypeChange | MediaError {
  if (now.type === 'listen' && to === 'listen') return switched(now.ext, publisherId);
  if (alone.has(created) && alone.has(to) && now.type !== to)
    return { operation: { type: 'set_type', to }, type: to, ext: {} };
  return new MediaError('not_implemented', undefined, { hint: whyNot(created, now, to) });
}

function whyNot(created: SessionType, { type }: PresentType, to: SessionType): string {
  if (type === to) return `data.type is ${to}, which the session is already`;
  if (type === 'park' && !alone.has(created)) return `a ${created} that lost its other end stays park`;
  return `a session of type ${type} cannot become ${to}; listen can become listen, echo park, and park echo`;
}

function switched({ room_id }: TypeExt, publisherId: SessionId | undefined): TypeChange | MediaError {
  if (publisherId === undefined) {
    const hint = 'data.publisher_id is required for type listen';
    return new MediaError('missing_field', 'publisher_id', { hint });
  }
  const ext = { ...(room_id !== undefined && { room_id }), publisher_id: publisherId };
  return { operation: { type: 'switch_publisher', publisherId }, type: 'listen', ext };
}
