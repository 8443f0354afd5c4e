import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { janusSchemas } from './generated.ts';
import type { JanusMessages } from './generated.ts';

/** A message of the Janus API that has a schema: `request`, `attach`, `jsep`, a plugin's body. */
export type JanusName = keyof JanusMessages;

/** The first thing wrong with a message, in the order in which its schema lists the elements. */
export type JanusFault =
  | { readonly name: 'missing'; readonly element: string }
  /** `shouldBe` is a type as Janus words it: `a boolean`, `a positive integer` (which allows 0). */
  | { readonly name: 'invalid'; readonly element: string; readonly shouldBe: string }
  | { readonly name: 'out_of_range'; readonly element: string; readonly most: number }
  /** A string of more than `most` characters, or an array of more than `most` elements. */
  | { readonly name: 'too_long'; readonly element: string; readonly most: number };

// Unlike NkMEDIA, Janus takes no number for a string and reports one fault only.
const ajv = new Ajv2020({ allErrors: true, verbose: true });
const baseUri = 'bifrons:/janus/';
for (const [name, schema] of Object.entries(janusSchemas)) ajv.addSchema(schema, `${baseUri}${name}`);

/** Checks a message without changing it. Elements that its schema does not know are ignored. */
export function checkJanus<Name extends JanusName>(
  name: Name,
  message: unknown,
):
  | { readonly ok: true; readonly value: JanusMessages[Name] }
  | { readonly ok: false; readonly fault: JanusFault } {
  const validate: ValidateFunction<JanusMessages[Name]> | undefined = ajv.getSchema(baseUri + name);
  if (validate === undefined) throw new TypeError(`no schema for ${name}`);
  if (validate(message)) return { ok: true, value: message };
  return { ok: false, fault: firstFault(janusSchemas[name], validate.errors ?? []) };
}

function firstFault(
  { properties, required = [] }: { readonly properties: object; readonly required?: readonly string[] },
  errors: readonly ErrorObject[],
): JanusFault {
  const [first] = required;
  const isObject = errors.every(({ keyword, instancePath }) => keyword !== 'type' || instancePath !== '');
  if (!isObject && first !== undefined) return { name: 'missing', element: first };
  for (const property of Object.keys(properties)) {
    const error = errors.find((candidate) => propertyOf(candidate) === property);
    if (error !== undefined) return faultOf(error);
  }
  return { name: 'invalid', element: 'message', shouldBe: 'an object' };
}

/** The member of the message that an error is about, however deep inside it. */
function propertyOf(error: ErrorObject): unknown {
  return error.instancePath === '' ? missingIn(error) : error.instancePath.split('/')[1];
}

function missingIn({ params }: ErrorObject): unknown {
  const facts: Readonly<Record<string, unknown>> = params;
  return facts['missingProperty'];
}

function faultOf(error: ErrorObject): JanusFault {
  const missing = missingIn(error);
  if (typeof missing === 'string') return { name: 'missing', element: missing };
  const element = error.instancePath.split('/').at(-1) ?? '';
  const schema: Readonly<Record<string, unknown>> = error.parentSchema ?? {};
  const most = schema['maximum'];
  if (error.keyword === 'maximum' && typeof most === 'number') return { name: 'out_of_range', element, most };
  const longest = schema[error.keyword];
  if ((error.keyword === 'maxLength' || error.keyword === 'maxItems') && typeof longest === 'number')
    return { name: 'too_long', element, most: longest };
  return { name: 'invalid', element, shouldBe: wordsFor(schema) };
}

/** As Janus words types; its "positive" allows 0. */
function wordsFor(schema: Readonly<Record<string, unknown>>): string {
  const type = String(schema['type']);
  if (schema['minimum'] === 0) return `a positive ${type}`;
  if (schema['minLength'] === 1 || schema['minItems'] === 1) return `a non-empty ${type}`;
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type === 'number' ? 'real' : type}`;
}
