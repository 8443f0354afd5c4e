/** What a client says when it connects; fields that we do not use are dropped. */
export interface ConnectOptions {
  /** Each operation is to be answered with `+OK`. */
  readonly verbose: boolean;
  /** It wants its own messages back. */
  readonly echo: boolean;
  readonly headers: boolean;
  /** It wants to be told when a request reaches nobody. */
  readonly noResponders: boolean;
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

/** The head of a published message. */
export interface Publication {
  readonly subject: string;
  readonly replyTo: string | undefined;
  /** How many bytes of the payload are headers; 0 if it has none. */
  readonly headerBytes: number;
}

/** One operation of the NATS client protocol, read whole. A `fault` is the last: nothing after it can be trusted. */
export type Operation =
  | { readonly op: 'connect'; readonly options: ConnectOptions }
  | { readonly op: 'ping' }
  | { readonly op: 'pong' }
  | { readonly op: 'publish'; readonly head: Publication; readonly payload: Buffer }
  | {
      readonly op: 'subscribe';
      readonly pattern: string;
      readonly queue: string | undefined;
      readonly sid: string;
    }
  | { readonly op: 'unsubscribe'; readonly sid: string; readonly max: number | undefined }
  | { readonly op: 'fault'; readonly text: string };

/** A control line: an operation, or the head of one whose payload follows. */
export type ControlLine =
  Operation | { readonly op: 'expect'; readonly head: Publication; readonly bytes: number };

/** The words that nats-server uses, which clients look for. */
export const faults = {
  parser: 'Unknown Protocol Operation',
  controlLine: 'Maximum Control Line Exceeded',
  payload: 'Maximum Payload Violation',
  subject: 'Invalid Subject',
  subscriptions: 'maximum subscriptions exceeded',
  headers: 'message headers not supported',
  authorization: 'Authorization Violation',
  connections: 'maximum connections exceeded',
  stale: 'Stale Connection',
  slow: 'Slow Consumer',
} as const;

/** Reads one control line, without its line end. Operations and their arguments are separated by blanks or tabs. */
export function parseLine(text: string): ControlLine {
  const line = text.trim();
  const [verb = '', ...fields] = line.split(/[ \t]+/);
  switch (verb.toUpperCase()) {
    case 'PUB':
      return parsePublish(fields);
    case 'HPUB':
      return parsePublishWithHeaders(fields);
    case 'SUB':
      return parseSubscribe(fields);
    case 'UNSUB':
      return parseUnsubscribe(fields);
    case 'PING':
      return { op: 'ping' };
    case 'PONG':
      return { op: 'pong' };
    case 'CONNECT':
      return parseConnect(line.slice(verb.length));
    default:
      return fault();
  }
}

/** `PUB <subject> [reply-to] <bytes>` */
function parsePublish(fields: readonly string[]): ControlLine {
  if (fields.length !== 2 && fields.length !== 3) return fault();
  return expect(fields.slice(0, -1), '0', fields.at(-1));
}

/** `HPUB <subject> [reply-to] <header bytes> <total bytes>` */
function parsePublishWithHeaders(fields: readonly string[]): ControlLine {
  if (fields.length !== 3 && fields.length !== 4) return fault();
  return expect(fields.slice(0, -2), fields.at(-2), fields.at(-1));
}

function expect(
  names: readonly string[],
  headerCount: string | undefined,
  count: string | undefined,
): ControlLine {
  const [subject = '', replyTo] = names;
  const headerBytes = size(headerCount);
  const bytes = size(count);
  if (headerBytes === undefined || bytes === undefined || headerBytes > bytes) return fault();
  if (!isSubject(subject) || (replyTo !== undefined && !isSubject(replyTo))) return fault(faults.subject);
  return { op: 'expect', head: { subject, replyTo, headerBytes }, bytes };
}

/** `SUB <pattern> [queue] <sid>` */
function parseSubscribe(fields: readonly string[]): ControlLine {
  const [pattern = '', ...others] = fields;
  const sid = others.pop();
  const [queue, ...tooMany] = others;
  if (sid === undefined || sid === '' || tooMany.length > 0) return fault();
  if (!isPattern(pattern) || (queue !== undefined && !isSubject(queue))) return fault(faults.subject);
  return { op: 'subscribe', pattern, queue, sid };
}

/** `UNSUB <sid> [max]` */
function parseUnsubscribe(fields: readonly string[]): ControlLine {
  const [sid = '', most, ...tooMany] = fields;
  const max = most === undefined ? undefined : size(most);
  if (sid === '' || tooMany.length > 0 || (most !== undefined && max === undefined)) return fault();
  return { op: 'unsubscribe', sid, max: max === 0 ? undefined : max };
}

/** `CONNECT {…}` */
function parseConnect(json: string): ControlLine {
  const given = objectIn(json);
  if (given === undefined) return fault();
  const flag = (name: string, fallback: boolean): boolean => {
    const value = given.get(name);
    return typeof value === 'boolean' ? value : fallback;
  };
  const text = (name: string): string => {
    const value = given.get(name);
    return typeof value === 'string' ? value : '';
  };
  const headers = flag('headers', false);
  const options: ConnectOptions = {
    verbose: flag('verbose', true),
    echo: flag('echo', true),
    headers,
    noResponders: headers && flag('no_responders', false),
    user: text('user'),
    password: text('pass'),
    token: text('auth_token'),
  };
  return { op: 'connect', options };
}

function objectIn(json: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return new Map(Object.entries(value));
  } catch {
    // The client is told that its line is wrong; where exactly does not matter.
    return undefined;
  }
}

/** A whole number of at most nine digits; more than that is over every limit. */
function size(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Tokens separated by single dots, none of them empty or a wildcard. */
function isSubject(text: string): boolean {
  return text.split('.').every((token) => token !== '' && token !== '*' && token !== '>');
}

/** A subject in which `*` stands for one token and a last `>` for one or more. */
function isPattern(text: string): boolean {
  const tokens = text.split('.');
  return tokens.every((token, at) => token !== '' && (token !== '>' || at === tokens.length - 1));
}

function fault(text: string = faults.parser): ControlLine {
  return { op: 'fault', text };
}
