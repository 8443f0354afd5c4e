// Calls as the public API shows them: a `proxy` session that waits for its other leg, and says in its `session_meta`
// whom it is for. No DOM here: it also runs in Node's tests.
import { objectIn, textIn, type JsonObject } from '../json.ts';
import type { MediaEvent } from '../wire.ts';

/** Somebody who waits to be answered. */
export interface IncomingCall {
  /** The caller's session. */
  readonly sessionId: string;
  /** The name the caller gave. */
  readonly from: string;
}

/** Calls that may ring for one name at the same time; more callers wait in vain. */
const mostCalls = 16;

/** Names are kept to what fits on a page. */
const longestName = 64;

/** What a caller says of its session, for `session_meta`. */
export function callMeta(to: string, from: string): JsonObject {
  return { call_to: to, from };
}

/** The calls for one name that nobody has answered yet, oldest first. */
export class IncomingCalls {
  readonly #name: string;
  readonly #calls = new Map<string, IncomingCall>();

  constructor(name: string) {
    this.#name = name;
  }

  /** The one that rings. */
  get first(): IncomingCall | undefined {
    return this.#calls.values().next().value;
  }

  /** Takes an event of any session. */
  hear({ subclass, type, obj_id, body }: MediaEvent): void {
    if (subclass !== 'session') return;
    if (type === 'created') this.look({ ...body, session_id: obj_id });
    if (type === 'answer' || type === 'destroyed') this.forget(obj_id);
  }

  /** Takes what `get_info` says of a session. */
  look(info: JsonObject): void {
    const sessionId = textIn(info, 'session_id');
    const meta = objectIn(info, 'session_meta') ?? {};
    if (sessionId === undefined || textIn(meta, 'call_to') !== this.#name || !isUnanswered(info)) return;
    if (this.#calls.size >= mostCalls) return;
    const from = (textIn(meta, 'from') ?? '').trim().slice(0, longestName);
    this.#calls.set(sessionId, { sessionId, from: from === '' ? 'Somebody' : from });
  }

  /** It was answered, here or elsewhere, or is over. */
  forget(sessionId: string): void {
    this.#calls.delete(sessionId);
  }
}

/** Once its other leg has answered, a proxy is a bridge; between, it has a slave. */
function isUnanswered(info: JsonObject): boolean {
  return textIn(info, 'type') === 'proxy' && info['answer'] === undefined && info['slave_id'] === undefined;
}
