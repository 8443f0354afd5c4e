import { MediaError, type ErrorName, type Tid } from '#schemas';
import type { ErrorBody, Reply } from '#services/broker';

/** A reply that a transport gives by itself; `subject` is the field or word it is about. */
export function refusal(name: ErrorName, subject?: string, hint?: string): Reply {
  const error = new MediaError(name, subject);
  const data: ErrorBody = { code: error.number, error: error.message, name };
  return { result: 'error', data: hint === undefined ? data : { ...data, hint } };
}

/** The same reply with the `tid` of the request it answers, if that has one. */
export function answering(body: unknown, reply: Reply): Reply {
  const tid = tidOf(body);
  return tid === undefined ? reply : { ...reply, tid };
}

/** Longest `tid` that is echoed, as in the broker. */
const mostTidLength = 256;

/** The caller's own number of a request, if it is one that can be echoed. */
export function tidOf(body: unknown): Tid | undefined {
  if (typeof body !== 'object' || body === null || !('tid' in body)) return undefined;
  const { tid } = body;
  if (typeof tid === 'string') return tid.length <= mostTidLength ? tid : undefined;
  return typeof tid === 'number' ? tid : undefined;
}

/** A reply as JSON text. As in NkMEDIA, `data` is left out when it is an empty object; an empty list stays. */
export function encodeReply(reply: Reply): string {
  if (reply.result === 'ok' && !Array.isArray(reply.data) && Object.keys(reply.data).length === 0) {
    return JSON.stringify({ ...reply, data: undefined });
  }
  return JSON.stringify(reply);
}
