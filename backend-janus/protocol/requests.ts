import { JanusRefusal } from './errors.ts';
import { read } from './faults.ts';

/** What every request has: who asks for what, and on which session and handle. */
export interface Envelope {
  /** In lower case, as requests are matched. */
  readonly verb: string;
  /** As the client spelt it, for the texts of errors. */
  readonly spelling: string;
  readonly transaction: string;
  readonly sessionId?: number;
  /** Undefined if no handle is named, null if what is named cannot be a handle. */
  readonly handleId?: number | null;
  /** The session that the client of a `create` wishes for; 0 or undefined for any. */
  readonly wishedId?: number;
  /** The whole request; what a verb needs of it is read by its own schema. */
  readonly message: object;
}

/** Reads what all requests have in common. Throws JanusRefusal 455, 456 or 467. */
export function readEnvelope(message: unknown): Envelope {
  if (typeof message !== 'object' || message === null) throw new JanusRefusal('invalid_json_object');
  const { transaction, janus, id } = read('request', message);
  const sessionId = sessionIdOf(message);
  const handleId = handleIdOf(message);
  return {
    verb: janus.toLowerCase(),
    spelling: janus,
    transaction,
    message,
    ...(sessionId !== undefined && { sessionId }),
    ...(handleId !== undefined && { handleId }),
    ...(id !== undefined && { wishedId: id }),
  };
}

/** The session a request names; undefined for none, for 0, and for what cannot be an id. */
export function sessionIdOf(message: unknown): number | undefined {
  const id = element(message, 'session_id');
  return isId(id) ? id : undefined;
}

/** A member of a value that may be anything. */
export function element(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
}

function handleIdOf(message: object): number | null | undefined {
  const id = element(message, 'handle_id');
  if (id === undefined || id === null) return undefined;
  return isId(id) ? id : null;
}

/** Ids are integers from 1 to 2^53 - 1. */
function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
