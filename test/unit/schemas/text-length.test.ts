import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { lengthKeywords } from '../../../schemas/text-length.ts';

const texts = [
  '',
  'a',
  'é',
  '😀',
  '\ud83d',
  '\ude00\ud83d',
  'ab',
  'a😀',
  '😀😀',
  '\ud83d😀',
  'abc',
  '😀b😀',
  'abcde',
  '😀'.repeat(5),
];

test('for every text and limit the answers are those of ajv itself, errors included', () => {
  const ours = new Ajv2020({ allErrors: true });
  for (const definition of lengthKeywords)
    ours.removeKeyword(String(definition.keyword)).addKeyword(definition);
  for (let limit = 0; limit <= 6; limit += 1) {
    for (const schema of [
      { type: 'string', maxLength: limit },
      { type: 'string', minLength: limit },
    ]) {
      const expected = new Ajv2020({ allErrors: true }).compile(schema);
      const actual = ours.compile(schema);
      for (const text of texts) {
        assert.equal(actual(text), expected(text), `${text} ${JSON.stringify(schema)}`);
        assert.deepEqual(actual.errors, expected.errors);
      }
    }
  }
});
