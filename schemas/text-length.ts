import { _, str, type FuncKeywordDefinition } from 'ajv/dist/2020.js';

/**
 * `maxLength` and `minLength` as JSON Schema means them, in characters (Unicode code points), counted only where the
 * number of UTF-16 units leaves the answer open. ajv's own count every text to its end, a mebibyte as well as a word.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation#section-6.3
 */
export const lengthKeywords: readonly FuncKeywordDefinition[] = [
  lengthKeyword('maxLength', 'more', (text, limit) => !isLonger(text, limit)),
  lengthKeyword('minLength', 'fewer', (text, limit) => isLonger(text, limit - 1)),
];

/** Whether `text` has more than `count` characters. A character is one UTF-16 unit or two. */
export function isLonger(text: string, count: number): boolean {
  if (text.length <= count) return false;
  if (text.length > 2 * count) return true;
  return charactersIn(text) > count;
}

function charactersIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}

function lengthKeyword(
  keyword: string,
  comparison: string,
  validate: (text: string, limit: number) => boolean,
): FuncKeywordDefinition {
  return {
    keyword,
    type: 'string',
    schemaType: 'number',
    validate: (limit: number, text: string) => validate(text, limit),
    error: {
      message: ({ schemaCode }) => str`must NOT have ${comparison} than ${schemaCode} characters`,
      params: ({ schemaCode }) => _`{limit: ${schemaCode}}`,
    },
  };
}
