import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errors } from '../../../schemas/generated.ts';

const root = new URL('../../../../schemas/', import.meta.url);

/** Every schema in a file, with the way to it. */
function schemasIn(value: unknown, path: string): [string, object][] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, field]) => schemasIn(field, `${path}/${key}`));
  return [[path, value], ...inner];
}

/** What a client may send: the `data` of commands, and the words that they share. */
function inputs(): [string, object][] {
  const commands = readdirSync(new URL('command/', root)).flatMap((file) => {
    const schema: unknown = JSON.parse(readFileSync(new URL(`command/${file}`, root), 'utf8'));
    return schemasIn(schema, file).filter(([path]) => path.startsWith(`${file}/properties/data/`));
  });
  const shared: unknown = JSON.parse(readFileSync(new URL('types.json', root), 'utf8'));
  const sent = ['negotiated', 'session_info', 'session_stats', 'event_envelope'];
  const sentOfRooms = ['room_info', 'room_member', 'room_message', 'room_status'];
  const replies = [...sent, ...sentOfRooms].map((name) => `types/$defs/${name}`);
  return [...commands, ...schemasIn(shared, 'types')].filter(
    ([path]) => !replies.some((reply) => path.startsWith(reply)),
  );
}

function has(schema: object, ...words: readonly string[]): boolean {
  return words.some((word) => Object.hasOwn(schema, word));
}

test('whatever a client may send has a greatest length', () => {
  const endless = inputs().filter(([, schema]) => {
    const type: unknown = Reflect.get(schema, 'type');
    const types: unknown[] = Array.isArray(type) ? type : [type];
    const isText = types.includes('string') && !has(schema, 'maxLength', 'enum');
    return isText || (types.includes('array') && !has(schema, 'maxItems'));
  });

  assert.deepEqual(
    endless.map(([path]) => path),
    [],
  );
});

test('no two errors share a number', () => {
  const numbers = Object.values(errors).map(({ code }) => code);

  assert.equal(new Set(numbers).size, numbers.length);
});
