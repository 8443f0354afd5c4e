import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { EventEnvelope, Reply } from '#services/broker';

const root = new URL('../../../schemas/', import.meta.url);
const ajv = new Ajv2020({ strict: false, allErrors: true });

function read(path: string): object {
  const schema: unknown = JSON.parse(readFileSync(new URL(path, root), 'utf8'));
  const exact = closed(schema);
  assert.ok(typeof exact === 'object' && exact !== null);
  return exact;
}

/** What we send has no field that its schema does not name, unless the schema says that it may. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isExact = inner['type'] === 'object' && !('additionalProperties' in inner);
  return isExact ? { ...inner, additionalProperties: false } : inner;
}

ajv.addSchema(read('types.json'), 'wire:/types.json');
for (const folder of ['command', 'event']) {
  for (const file of readdirSync(new URL(`${folder}/`, root)))
    ajv.addSchema(read(`${folder}/${file}`), `wire:/${folder}/${file}`);
}

function follows(reference: string, value: unknown): void {
  const validate = ajv.getSchema(`wire:/${reference}`);
  assert.ok(validate !== undefined, `no schema ${reference}`);
  const isRight = validate(JSON.parse(JSON.stringify(value)));
  assert.ok(isRight === true, `${reference}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

/** Asserts that an event is as its schema says. */
export function assertEvent(event: EventEnvelope): void {
  const prefix = event.class === 'core' ? 'core.' : '';
  follows('types.json#/$defs/event_envelope', event);
  follows(`event/${prefix}${event.subclass}.${event.type}.json`, event.body);
}

/** Asserts that the reply to a command, named as its schema file, is as the schema says. */
export function assertReply(name: string, reply: Reply): void {
  if (reply.result === 'ok') follows(`command/${name}.json#/properties/reply`, reply.data);
  else assert.deepEqual([typeof reply.data.code, typeof reply.data.error], ['number', 'string']);
}
