import { MediaError, type Description, type Negotiated, type SessionEvent } from '#schemas';
import type { EndReason, RequestNumber, SessionInput, SessionOutput } from './messages.ts';

/** Whether an input may end up waiting for a reply. */
export function asks(input: SessionInput): boolean {
  return 'request' in input && input.type !== 'cancel';
}

/** Answers whoever waits for a reply with an error; other inputs are dropped. */
export function refuse(input: SessionInput, code: EndReason): SessionOutput[] {
  return 'request' in input && asks(input) ? [reply(input.request, new MediaError(code))] : [];
}

/** What a request is answered with: a description, an error, or that it is done. */
export function reply(request: RequestNumber, result: Negotiated | MediaError | undefined): SessionOutput {
  return { type: 'reply', request, result };
}

/** Tells that a request is done, if anybody waits for that. */
export function replyTo(request: RequestNumber | undefined): SessionOutput[] {
  return request === undefined ? [] : [reply(request, undefined)];
}

/** An event for the session's subscribers. */
export function tell(event: SessionEvent): SessionOutput {
  return { type: 'event', event };
}

/** The body of a session's last event: why it ended, and what to do about it if somebody knows. */
export function farewellOf(error: MediaError): Extract<SessionEvent, { readonly type: 'destroyed' }> {
  const { number: code, message: reason, code: name, hint } = error;
  return { type: 'destroyed', body: { code, reason, name, ...(hint !== undefined && { hint }) } };
}

/** A description that the backend made, as clients see it: complete, and with the backend's name. */
export function made({ sdp, sdp_type, trickle_ice }: Description, backend: string | undefined): Negotiated {
  const words = { sdp, sdp_type: sdp_type ?? 'webrtc', trickle_ice: trickle_ice ?? false };
  return backend === undefined ? words : { ...words, backend };
}
