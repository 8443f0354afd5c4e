// What is wrong with a text that is to be a command. No DOM here: it also runs in Node's tests.
import { isObject, objectIn, textIn, type JsonObject } from '../json.ts';
import type { Command, Field } from './facts.ts';
import { fits } from './sample.ts';

/** Something to tell the writer. Only an `error` keeps the text from being sent: the broker judges the rest. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly text: string;
  /** Where in the text, from 0, if that is known. */
  readonly at?: number;
}

/** A text as a command. `envelope` is there if it can be sent, `command` if we know it. */
export interface CheckedText {
  readonly envelope?: JsonObject;
  readonly command?: Command;
  readonly problems: readonly Problem[];
}

/** Problems told at once; who mends these sees the others. */
const mostProblems = 12;

/** Reads the text and holds it to what is known of the commands. Never throws. */
export function checkText(text: string, commands: readonly Command[]): CheckedText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { problems: [syntaxProblem(text, cause)] };
  }
  if (!isObject(value)) return { problems: [error('The command must be an object: { … }')] };
  const envelope = value;
  const lacking = ['class', 'cmd'].filter((name) => textIn(envelope, name) === undefined);
  if (lacking.length > 0) return { problems: lacking.map((name) => error(`${name} is required, as a text`)) };
  const command = commands.find((known) => isNamed(known, envelope));
  if (command === undefined)
    return { envelope, problems: [warning('No command of this broker has this class, subclass and cmd')] };
  const data = envelope['data'] ?? {};
  const problems = isObject(data)
    ? fieldProblems(data, command.fields, 'data')
    : [warning('data must be an object')];
  return { envelope, command, problems: problems.slice(0, mostProblems) };
}

function isNamed(known: Command, envelope: JsonObject): boolean {
  return (
    known.class === envelope['class'] &&
    known.cmd === envelope['cmd'] &&
    known.subclass === (textIn(envelope, 'subclass') ?? 'core')
  );
}

/** Browsers say where in words of their own: `position 12`, or `line 1 column 13`. */
function syntaxProblem(text: string, cause: unknown): Problem {
  const said = cause instanceof Error ? cause.message : String(cause);
  if (text.trim() === '') return error('There is nothing to send');
  const at = placeIn(said, text);
  const what = said
    .replace(/^JSON\.parse: /, '')
    .replace(/,? ?(in|of) (the )?JSON.*$| at (position|line) .*$/s, '');
  if (at === undefined) return error(`Not JSON: ${what}`);
  const lines = text.slice(0, at).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return { ...error(`Not JSON, line ${lines.length}, column ${column}: ${what}`), at };
}

function placeIn(said: string, text: string): number | undefined {
  const position = /position (\d+)/.exec(said)?.[1];
  if (position !== undefined) return Number(position);
  const place = /line (\d+) column (\d+)/.exec(said);
  if (place !== null) {
    const before = text.split('\n').slice(0, Number(place[1]) - 1);
    return before.reduce((sum, line) => sum + line.length + 1, 0) + Number(place[2]) - 1;
  }
  return /end of (JSON|data)|Unterminated/.test(said) ? text.length : undefined;
}

function fieldProblems(data: JsonObject, fields: readonly Field[], path: string): readonly Problem[] {
  const missing = fields
    .filter(({ name, required }) => required && data[name] === undefined)
    .map(({ name }) => warning(`${path}.${name} is required`));
  const wrong = Object.entries(data).flatMap(([name, value]) => {
    const field = fields.find((known) => known.name === name);
    if (field === undefined) return [warning(`${path}.${name} is not a field of this command`)];
    return valueProblems(value, field, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

function valueProblems(value: unknown, field: Field, path: string): readonly Problem[] {
  if (!fits(value, field.type)) return [warning(`${path} must be ${withArticle(field.type)}`)];
  if (field.values !== undefined && !field.values.includes(String(value)))
    return [warning(`${path} must be one of ${field.values.join(', ')}`)];
  if (typeof value === 'number') return rangeProblems(value, field, path);
  return field.fields !== undefined && isObject(value) ? fieldProblems(value, field.fields, path) : [];
}

function rangeProblems(value: number, { minimum, maximum }: Field, path: string): readonly Problem[] {
  if (minimum !== undefined && value < minimum) return [warning(`${path} must be at least ${minimum}`)];
  if (maximum !== undefined && value > maximum) return [warning(`${path} must be at most ${maximum}`)];
  return [];
}

function withArticle(type: string): string {
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** Session and room ids that a reply, or the body of an event, names. */
export function idsIn(data: unknown): { session_id?: string; room_id?: string; lease_id?: string } {
  if (!isObject(data)) return {};
  const found = ['session_id', 'room_id', 'lease_id'].flatMap((name) => {
    const id = textIn(data, name);
    return id === undefined ? [] : [[name, id] as const];
  });
  return Object.fromEntries(found);
}

/** The text with one more field in its data; undefined if the text is no object. */
export function withField(text: string, name: string, value: unknown): string | undefined {
  const { envelope } = checkText(text, []);
  if (envelope === undefined) return undefined;
  const data = objectIn(envelope, 'data') ?? {};
  return pretty({ ...envelope, data: { ...data, [name]: value } });
}

/** JSON for people. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

function error(text: string): Problem {
  return { severity: 'error', text };
}

function warning(text: string): Problem {
  return { severity: 'warning', text };
}
