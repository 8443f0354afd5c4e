import type {
  JanusEvent,
  JanusPluginEvent,
  JanusReply,
  JanusTrickle,
  Jsep,
  PluginData,
} from '#janus/protocol';
import { JanusError } from './janus-connection.ts';

/** What Janus sent, checked: a reply of some kind, or an event; an event with a transaction may be either. */
export interface Incoming {
  readonly transaction: string | undefined;
  readonly sessionId: number | undefined;
  readonly content:
    | { readonly type: 'ack' }
    | { readonly type: 'reply'; readonly reply: JanusReply | JanusError }
    | { readonly type: 'event'; readonly event: JanusEvent };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one message of Janus, or undefined if it is none that we know.
 *
 * A plugin's refusal comes as a reply of Janus that says success (or as an event), with `error_code` inside.
 */
export function readIncoming(message: unknown): Incoming | undefined {
  if (!isObject(message)) return undefined;
  const content = contentOf(message);
  if (content === undefined) return undefined;
  return { transaction: text(message['transaction']), sessionId: integer(message['session_id']), content };
}

/** The refusal that a plugin's data holds, if any. */
export function pluginRefusal({ plugin, data }: PluginData): JanusError | undefined {
  const fields: Fields = { ...data };
  const number = integer(fields['error_code']);
  return number === undefined ? undefined : new JanusError(number, text(fields['error']) ?? '', plugin);
}

function contentOf(message: Fields): Incoming['content'] | undefined {
  switch (message['janus']) {
    case 'ack':
      return { type: 'ack' };
    case 'success':
      return { type: 'reply', reply: success(message) };
    case 'server_info':
      return { type: 'reply', reply: { janus: 'server_info', data: message } };
    case 'error':
      return { type: 'reply', reply: refusal(message['error']) };
    default: {
      const event = eventOf(message);
      return event && { type: 'event', event };
    }
  }
}

function success(message: Fields): JanusReply | JanusError {
  const plugindata = pluginData(message['plugindata']);
  const data = message['data'];
  const refused = plugindata && pluginRefusal(plugindata);
  if (refused !== undefined) return refused;
  return { janus: 'success', ...(isObject(data) && { data }), ...(plugindata && { plugindata }) };
}

/** Janus' number for what its table does not name. */
const unknownError = 490;

function refusal(error: unknown): JanusError {
  if (!isObject(error)) return new JanusError(unknownError, 'an error without a description');
  return new JanusError(integer(error['code']) ?? unknownError, text(error['reason']) ?? '');
}

function eventOf(message: Fields): JanusEvent | undefined {
  if (message['janus'] === 'timeout') return { janus: 'timeout' };
  const sender = integer(message['sender']);
  return sender === undefined ? undefined : handleEvent(message, sender);
}

function handleEvent(message: Fields, sender: number): JanusEvent | undefined {
  const verb = message['janus'];
  switch (verb) {
    case 'event':
      return pluginEvent(message, sender);
    case 'webrtcup':
    case 'detached':
    case 'ice-failed':
      return { janus: verb, sender };
    case 'hangup':
      return { janus: 'hangup', sender, reason: text(message['reason']) ?? '' };
    case 'media':
      return mediaEvent(message, sender);
    case 'slowlink':
      return slowLink(message, sender);
    case 'trickle': {
      const candidate = trickled(message['candidate']);
      return candidate && { janus: 'trickle', sender, candidate };
    }
    default:
      return undefined;
  }
}

function pluginEvent(message: Fields, sender: number): JanusPluginEvent | undefined {
  const plugindata = pluginData(message['plugindata']);
  const jsep = jsepOf(message['jsep']);
  return plugindata && { janus: 'event', sender, plugindata, ...(jsep && { jsep }) };
}

function mediaEvent(message: Fields, sender: number): JanusEvent | undefined {
  const { type, receiving } = message;
  if ((type !== 'audio' && type !== 'video') || typeof receiving !== 'boolean') return undefined;
  return { janus: 'media', sender, mid: text(message['mid']) ?? '', type, receiving };
}

function slowLink(message: Fields, sender: number): JanusEvent | undefined {
  const { uplink, lost } = message;
  if (typeof uplink !== 'boolean' || typeof lost !== 'number') return undefined;
  return { janus: 'slowlink', sender, mid: text(message['mid']) ?? '', uplink, lost };
}

function trickled(candidate: unknown): JanusTrickle | undefined {
  if (!isObject(candidate)) return undefined;
  if (candidate['completed'] === true) return { completed: true };
  const line = text(candidate['candidate']);
  const sdpMid = text(candidate['sdpMid']);
  if (line === undefined) return undefined;
  const sdpMLineIndex = integer(candidate['sdpMLineIndex']) ?? 0;
  return { candidate: line, sdpMLineIndex, ...(sdpMid !== undefined && { sdpMid }) };
}

function pluginData(value: unknown): PluginData | undefined {
  if (!isObject(value)) return undefined;
  const plugin = text(value['plugin']);
  const data = value['data'];
  return plugin === undefined || !isObject(data) ? undefined : { plugin, data };
}

function jsepOf(value: unknown): Jsep | undefined {
  if (!isObject(value)) return undefined;
  const { type } = value;
  const sdp = text(value['sdp']);
  return (type === 'offer' || type === 'answer') && sdp !== undefined ? { type, sdp } : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
