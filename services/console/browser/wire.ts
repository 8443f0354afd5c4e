// The command WebSocket's messages as pages need them. The pages stand alone, so these few shapes are written here
// again; a test holds them to `#schemas`.
import { isObject, numberIn, objectIn, textIn, type JsonObject } from './json.ts';

/** Chosen by the sender of a request, echoed in its reply. */
export type Tid = string | number;

/** Why something failed: what the broker said, or what the page found out itself (then without a code). */
export interface Fault {
  readonly code?: number;
  /** Symbolic: `invalid_sdp`. */
  readonly name: string;
  /** A sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** An event of the broker. `seq` counts from 1 without gaps per object. */
export interface MediaEvent {
  readonly class: string;
  readonly subclass: string;
  readonly type: string;
  readonly obj_id: string;
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly node: string;
  readonly body: JsonObject;
}

/** What arrives on a command WebSocket, told apart. */
export type Incoming =
  /** `data` is an object or a list; an empty object where the broker leaves it out. */
  | { readonly type: 'ok'; readonly tid: Tid; readonly data: unknown }
  | { readonly type: 'error'; readonly tid: Tid; readonly fault: Fault }
  | { readonly type: 'ack'; readonly tid: Tid }
  | { readonly type: 'event'; readonly tid: Tid | undefined; readonly event: MediaEvent }
  | { readonly type: 'request'; readonly tid: Tid; readonly cmd: string };

/** Reads one message; undefined if it is none of those. Never throws. */
export function parseIncoming(text: string): Incoming | undefined {
  const message = parse(text);
  if (message === undefined) return undefined;
  if (textIn(message, 'cmd') === undefined) return replyOf(message);
  return requestOf(message);
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON: none of the messages.
    return undefined;
  }
}

function tidOf(value: unknown): Tid | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function replyOf(message: JsonObject): Incoming | undefined {
  const acked = tidOf(message['ack']);
  if (acked !== undefined) return { type: 'ack', tid: acked };
  const tid = tidOf(message['tid']);
  if (tid === undefined) return undefined;
  if (message['result'] === 'ok') return { type: 'ok', tid, data: message['data'] ?? {} };
  if (message['result'] !== 'error') return undefined;
  return { type: 'error', tid, fault: faultOf(objectIn(message, 'data') ?? {}) };
}

/** The broker's words of a failure: the data of an error reply, or the body of `destroyed`. */
export function faultOf(data: JsonObject): Fault {
  const code = numberIn(data, 'code');
  const hint = textIn(data, 'hint');
  return {
    name: textIn(data, 'name') ?? 'error',
    text: textIn(data, 'error') ?? textIn(data, 'reason') ?? 'The broker gave no reason',
    ...(code !== undefined && { code }),
    ...(hint !== undefined && { hint }),
  };
}

function requestOf(message: JsonObject): Incoming | undefined {
  const tid = tidOf(message['tid']);
  const cmd = textIn(message, 'cmd');
  if (message['class'] === 'core' && cmd === 'event') {
    const event = eventOf(objectIn(message, 'data') ?? {});
    return event && { type: 'event', tid, event };
  }
  return cmd === undefined || tid === undefined ? undefined : { type: 'request', tid, cmd };
}

function eventOf(data: JsonObject): MediaEvent | undefined {
  const type = textIn(data, 'type');
  if (type === undefined) return undefined;
  return {
    class: textIn(data, 'class') ?? '',
    subclass: textIn(data, 'subclass') ?? '',
    type,
    obj_id: textIn(data, 'obj_id') ?? '',
    seq: numberIn(data, 'seq') ?? 0,
    time: numberIn(data, 'time') ?? 0,
    node: textIn(data, 'node') ?? '',
    body: objectIn(data, 'body') ?? {},
  };
}
