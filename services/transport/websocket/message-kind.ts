/** What a JSON message of the symmetric protocol is; `garbage` is still answered by the broker. */
export type MessageKind =
  | { readonly kind: 'request' | 'ack' | 'garbage' }
  | { readonly kind: 'answer'; readonly fields: ReadonlyMap<string, unknown> };

/** Tells requests from answers to ours: an answer has a `result` and no command. */
export function kindOf(body: unknown): MessageKind {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { kind: 'garbage' };
  const fields = new Map<string, unknown>(Object.entries(body));
  if (fields.has('cmd') || fields.has('class')) return { kind: 'request' };
  if (fields.has('result')) return { kind: 'answer', fields };
  return { kind: fields.has('ack') ? 'ack' : 'garbage' };
}
