import type { ConnectionOptions } from 'nats';

/** The part of the NATS options that `NATS_URL` gives. */
export type NatsAddress = Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'>;

const schemes: ReadonlySet<string> = new Set(['nats:', 'tls:']);

/**
 * Reads `NATS_URL`: one or more of `nats://user:password@host:port` or `tls://token@host`, separated by commas.
 *
 * Scheme and port may be left out. Credentials are those of the first that has some. Throws Error that names
 * `NATS_URL` and does not repeat it, as it may hold a password.
 */
export function natsAddress(text: string): NatsAddress {
  const urls = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parse);
  if (urls.length === 0) throw new Error('NATS_URL names no server');
  const owner = urls.find(({ username }) => username !== '');
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? '4222' : port}`),
    ...(owner !== undefined && credentials(owner)),
    ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
  };
}

function parse(part: string): URL {
  const text = part.includes('://') ? part : `nats://${part}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !schemes.has(url.protocol) || url.hostname === '') {
    throw new Error('NATS_URL must be like nats://host:4222');
  }
  return url;
}

/** A user without a password is a token, as in other NATS clients. */
function credentials({ username, password }: URL): NatsAddress {
  const user = decodeURIComponent(username);
  return password === '' ? { token: user } : { user, pass: decodeURIComponent(password) };
}
