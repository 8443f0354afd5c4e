// How a call ended, in words. No DOM here: it also runs in Node's tests.
import type { Fault } from '../wire.ts';

/** Codes of errors.json that end a call in the course of things. */
const codes = {
  registeredDown: 100010,
  userStop: 100011,
  sessionTimeout: 100060,
  bridgeStop: 300020,
  peerStopped: 300021,
};

/** One side of a call that is over. */
export interface EndedCall {
  readonly partner: string;
  /** Whether both could see and hear each other before. */
  readonly wasAnswered: boolean;
  /** Whether this page was called. */
  readonly wasIncoming: boolean;
}

/** A sentence for ends that are no failures; undefined for those that are, whose fault says more. */
export function outcomeOf(
  { partner, wasAnswered, wasIncoming }: EndedCall,
  fault: Fault | undefined,
): string | undefined {
  if (fault === undefined) return wasAnswered ? 'Call ended' : 'Call given up';
  if (fault.code === codes.userStop || fault.code === codes.peerStopped) {
    if (wasAnswered) return `${partner} hung up`;
    return wasIncoming ? `${partner} gave up` : `${partner} declined`;
  }
  if (fault.code === codes.registeredDown || fault.code === codes.bridgeStop) return `${partner} left`;
  if (fault.code === codes.sessionTimeout && !wasAnswered) return `${partner} did not answer`;
  return undefined;
}
