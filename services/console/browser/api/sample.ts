// Samples of commands, made of what their schemas say. No DOM here: it also runs in Node's tests.
import type { JsonObject } from '../json.ts';
import { audioOffer } from '../small-offer.ts';
import type { Command, Field } from './facts.ts';

/** Ids that the page has seen last, so that a sample is about something that exists. */
export interface KnownIds {
  readonly session_id?: string;
  readonly room_id?: string;
  readonly lease_id?: string;
}

/** Optional fields without which a command says little. */
const telling: Readonly<Record<string, readonly string[]>> = {
  'core.event.subscribe': ['subclass'],
  'core.event.unsubscribe': ['subclass'],
  'core.user.login': ['user'],
  'room.create': ['room_id'],
  'session.create': ['wait_reply', 'offer'],
  'session.set_candidate': ['sdpMid'],
  'session.set_type': ['publisher_id'],
  'session.update_media': ['mute_audio', 'bitrate'],
};

/** Values that mean something, by the names of fields. */
const values: Readonly<Record<string, unknown>> = {
  answer: { sdp: audioOffer.replace('a=setup:actpass', 'a=setup:active'), trickle_ice: true },
  bitrate: 512_000,
  bitrate_kbps: 512,
  candidate: 'candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host',
  class: 'media',
  msg: { text: 'Hello' },
  mute_audio: true,
  offer: { sdp: audioOffer, trickle_ice: true },
  ready_timeout: 86_400,
  room_id: 'lobby',
  sdpMid: '0',
  session_events: ['answer'],
  session_id: 'a-session',
  session_meta: { note: 'mine' },
  subclass: 'session',
  trickle_ice_timeout: 5000,
  ttl: 60,
  type: 'echo',
  user: 'me',
  wait_reply: true,
  wait_timeout: 60,
};

/** Where a name means something else in one command. */
const ofCommand: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'core.event.subscribe': { type: '*' },
  'core.event.unsubscribe': { type: '*' },
  'room.create': { class: 'sfu' },
  'session.create': { session_id: 'my-session' },
  'session.set_type': { type: 'listen' },
};

/** Fields that hold the id of a session, whatever they are called. */
const sessionFields = new Set(['session_id', 'peer_id', 'master_id', 'publisher_id']);

/** The whole envelope with what is required and what tells something; `tid` is the sender's. */
export function sampleOf(command: Command, known: KnownIds): JsonObject {
  const wanted = telling[command.name] ?? [];
  const fields = command.fields.filter(({ name, required }) => required || wanted.includes(name));
  return {
    class: command.class,
    subclass: command.subclass,
    cmd: command.cmd,
    data: Object.fromEntries(fields.map((field) => [field.name, sampleValue(command, field, known)])),
  };
}

/** A value of the field that its schema allows. */
export function sampleValue(command: Command, field: Field, known: KnownIds): unknown {
  const here = ofCommand[command.name]?.[field.name];
  if (here !== undefined) return here;
  const id = knownId(field, known);
  if (id !== undefined) return id;
  const value = values[field.name];
  if (value !== undefined && isAllowed(value, field)) return value;
  return plainValue(command, field, known);
}

function knownId({ name }: Field, known: KnownIds): string | undefined {
  if (sessionFields.has(name)) return known.session_id ?? 'a-session';
  if (name === 'room_id') return known.room_id;
  return name === 'lease_id' ? known.lease_id : undefined;
}

/** The first that is allowed. */
function plainValue(command: Command, field: Field, known: KnownIds): unknown {
  if (field.values !== undefined) return field.values[0];
  const [type = ''] = field.type.split(' ');
  switch (type) {
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return field.minimum ?? 0;
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(
        (field.fields ?? [])
          .filter(({ required }) => required)
          .map((inner) => [inner.name, sampleValue(command, inner, known)]),
      );
    case 'string':
      return field.name;
    default:
      return {};
  }
}

function isAllowed(value: unknown, { type, values: allowed }: Field): boolean {
  if (allowed !== undefined) return typeof value === 'string' && allowed.includes(value);
  return fits(value, type);
}

/** Whether a value is of one of the types that a field names. */
export function fits(value: unknown, types: string): boolean {
  return types.split(' or ').some((type) => {
    if (type === 'anything') return true;
    if (type === 'integer') return Number.isInteger(value);
    if (type === 'array') return Array.isArray(value);
    if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
    return typeof value === type;
  });
}
