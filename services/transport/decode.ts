import type { Reply } from '#services/broker';
import { refusal } from './replies.ts';

/** The JSON value in some bytes, or the reply that says why there is none. */
export type Decoded =
  { readonly isJson: true; readonly body: unknown } | { readonly isJson: false; readonly reply: Reply };

/** Largest request on every transport: 1 MiB. */
export const mostRequestBytes = 1024 * 1024;

/** Deepest nesting of objects and arrays; an envelope with candidates in an offer is 5 deep. */
const mostDepth = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads one request, after checks that are linear in its size.
 *
 * The result has no member called `__proto__`, so that whoever copies it field by field sets no prototype.
 * A failure is `syntax_error` of the field `request`.
 */
export function decode(bytes: Uint8Array): Decoded {
  if (bytes.length > mostRequestBytes) return { isJson: false, reply: tooLarge() };
  if (isTooDeep(bytes)) return refused('request is nested deeper than 16');
  try {
    return { isJson: true, body: parse(utf8.decode(bytes)) };
  } catch {
    // What the parser says depends on the Node version; the field is what the client needs.
    return refused('request is not JSON');
  }
}

/** The reply to a request above the limit. */
export function tooLarge(): Reply {
  return refusal('syntax_error', 'request', 'request is larger than 1 MiB');
}

function refused(hint: string): Decoded {
  return { isJson: false, reply: refusal('syntax_error', 'request', hint) };
}

/** Counts brackets outside strings. Bytes will do: in UTF-8 no other character contains them. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (depth > mostDepth) return true;
  }
  return false;
}

/** Where the string that begins at `start` ends, or the end of the bytes. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    if (bytes[at] === backslash) at += 1;
    else if (bytes[at] === quote) return at;
  }
  return bytes.length;
}

/** A reviver costs several times the parse, so only text that could spell the name, escaped or not, pays for it. */
function parse(text: string): unknown {
  if (!/__proto__|\\u00/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value));
}
