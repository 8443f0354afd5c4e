import type { EventEnvelope, Reply } from '#services/broker';
import { answering, refusal } from '../replies.ts';

/** The parts of a command's name that a subject may state; an empty subclass stands for none. */
type Name = 'class' | 'subclass' | 'cmd';
type Stated = Readonly<Record<Name, string>>;

/** Longest token that we put into a subject: servers refuse control lines over 4 KiB. */
const mostTokenLength = 256;

/**
 * Adds to a body what its subject `<subclass>.<cmd>` or `core.<subclass>.<cmd>` states, without the prefix.
 *
 * `core.<cmd>` is a core command without subclass. Answers `syntax_error` naming the field where body and subject
 * disagree, and `unknown_command` for other subjects. What is no object is left to the broker to refuse.
 */
export function completeBySubject(tail: string, body: unknown): { readonly body: unknown } | Reply {
  const stated = commandOf(tail.split('.'));
  if (stated === undefined) return answering(body, refusal('unknown_command', tail));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { body };
  const given = new Map<string, unknown>(Object.entries(body));
  for (const name of ['class', 'subclass', 'cmd'] satisfies Name[]) {
    const value = given.get(name);
    if (value !== undefined && !agrees(name, value, stated)) return answering(body, mismatch(name, stated));
  }
  const { subclass, ...others } = stated;
  return { body: { ...body, ...others, ...(subclass !== '' && { subclass }) } };
}

function commandOf(tokens: readonly string[]): Stated | undefined {
  const [first = '', second = '', third = ''] = tokens;
  if (tokens.length === 3 && first === 'core') return { class: 'core', subclass: second, cmd: third };
  if (tokens.length !== 2) return undefined;
  if (first === 'core') return { class: 'core', subclass: '', cmd: second };
  return { class: 'media', subclass: first, cmd: second };
}

/** NkMEDIA's subclass is `core` by default. */
function agrees(name: Name, value: unknown, stated: Stated): boolean {
  return value === stated[name] || (name === 'subclass' && stated.subclass === '' && value === 'core');
}

function mismatch(name: Name, stated: Stated): Reply {
  const expected = name === 'subclass' && stated.subclass === '' ? 'core' : stated[name];
  return refusal('syntax_error', name, `request.${name} must be "${expected}", as its subject says`);
}

/**
 * Where an event is published: `<prefix>.event.<subclass>.<obj_id>.<type>`.
 *
 * Bytes that mean something in a subject are percent-encoded, so an event never lands on the subject of another
 * object. Undefined if a part is empty or over 256 characters: then there is no subject.
 */
export function eventSubject(prefix: string, { subclass, obj_id, type }: EventEnvelope): string | undefined {
  const tokens = [subclass, obj_id, type].map(token);
  return tokens.includes('') ? undefined : [prefix, 'event', ...tokens].join('.');
}

function token(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_-]+/gu, (unsafe) =>
    Array.from(Buffer.from(unsafe), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
  return safe.length <= mostTokenLength ? safe : '';
}
