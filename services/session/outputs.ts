import { MediaError, type Description, type Negotiated, type SdpType, type SessionEvent } from '#schemas';
import type { Asker, EndReason, RequestNumber, Result, SessionInput, SessionOutput } from './messages.ts';
import type { Trickled } from './trickle/candidate-gate.ts';

/** Whether an input may end up waiting for a reply. */
export function asks(input: SessionInput): boolean {
  return 'request' in input && input.type !== 'cancel';
}

/** Answers whoever waits for a reply with an error; other inputs are dropped. */
export function refuse(input: SessionInput, code: EndReason): SessionOutput[] {
  return 'request' in input && asks(input) ? [reply(input.request, new MediaError(code))] : [];
}

/** Answers a request. */
export function reply(request: RequestNumber, result: Result): SessionOutput {
  return { type: 'reply', request, result };
}

/** Tells whoever gave an answer that it was taken, or why not; nobody if nobody waits for that. */
export function replyTo(asker: Asker, error?: MediaError): SessionOutput[] {
  if (asker === undefined) return [];
  if (typeof asker === 'number') return [reply(asker, error)];
  return [{ type: 'peer', to: asker, event: { type: 'answer_taken', ...(error && { error }) } }];
}

/** An event for the session's subscribers. */
export function tell(event: SessionEvent): SessionOutput {
  return { type: 'event', event };
}

/** Candidates, or the end of them, for the client. */
export function tellCandidates(candidates: readonly Trickled[]): SessionOutput[] {
  return candidates.map((candidate) =>
    tell(candidate ? { type: 'candidate', body: candidate } : { type: 'candidate_end', body: {} }),
  );
}

/** The body of a session's last event: why it ended, and what to do about it if somebody knows. */
export function farewellOf(error: MediaError): Extract<SessionEvent, { readonly type: 'destroyed' }> {
  const { number: code, message: reason, code: name, hint } = error;
  return { type: 'destroyed', body: { code, reason, name, ...(hint !== undefined && { hint }) } };
}

/** A description that the backend made, as clients see it: complete, and with the backend's name. */
export function made(local: Description, kind: SdpType, backend: string | undefined): Negotiated {
  const { sdp, sdp_type = kind, trickle_ice = false } = local;
  return { sdp, sdp_type, trickle_ice, ...(backend !== undefined && { backend }) };
}
