import { calls } from './calls.ts';
import { callEnds } from './call-ends.ts';
import { echoes } from './echoes.ts';
import { plainRtp } from './plain-rtp.ts';
import { rooms } from './rooms.ts';
import { roomMedia } from './room-media.ts';
import type { BackendSubject } from './subject.ts';

/** What `Backend` and `MediaLeg` promise, for sessions of each type that a subject has. */
export function backendContract(subject: BackendSubject): void {
  echoes(subject);
  const { parts } = subject;
  if (parts.includes('calls')) calls(subject);
  if (parts.includes('calls')) callEnds(subject);
  if (parts.includes('plain_rtp')) plainRtp(subject);
  if (parts.includes('rooms')) rooms(subject);
  if (parts.includes('rooms') && parts.includes('media')) roomMedia(subject);
}
