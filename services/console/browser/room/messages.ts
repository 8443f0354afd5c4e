// The message log of a room. No DOM here: it also runs in Node's tests.
import { numberIn, textIn, type JsonObject } from '../json.ts';

/** A message as the page shows it. */
export interface Message {
  /** Counts the messages of a room, from 1. */
  readonly id: number;
  readonly from: string;
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** Reads a stored message; one that another program wrote is shown as its JSON. Undefined if it has no number. */
export function messageOf(stored: JsonObject): Message | undefined {
  const id = numberIn(stored, 'msg_id');
  if (id === undefined) return undefined;
  const { user_id, timestamp } = stored;
  return {
    id,
    from: typeof user_id === 'string' ? user_id : 'Somebody',
    text: textIn(stored, 'text') ?? JSON.stringify(withoutMarks(stored)),
    // The wire has microseconds.
    time: typeof timestamp === 'number' ? timestamp / 1000 : 0,
  };
}

/** What the broker adds to a message. */
const marks = new Set(['msg_id', 'user_id', 'session_id', 'timestamp']);

function withoutMarks(stored: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !marks.has(name)));
}
