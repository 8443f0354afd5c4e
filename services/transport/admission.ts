import { isIP } from 'node:net';

/** Who may talk to a listener from inside a browser. */
export interface AdmissionOptions {
  /** The address it is bound to; `0.0.0.0` or `::` for all. */
  readonly address: string;
  /** Origins of other sites that may, as `https://app.example.org`. */
  readonly origins: readonly string[];
}

/** What a browser says of itself. */
export interface BrowserHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Keeps foreign pages out: their Origin is not ours, and a name that an attacker points at us (DNS rebinding) is
 * no name of ours. An IP address in Host cannot be rebound, so all of ours will do where we listen on all.
 */
export class Admission {
  readonly #address: string;
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;

  constructor({ address, origins }: AdmissionOptions) {
    const urls = origins.map(listedOrigin);
    this.#address = address;
    this.#origins = new Set(urls.map(({ origin }) => origin));
    this.#hosts = new Set(urls.map(({ hostname }) => hostname));
  }

  /** A sentence if the request is not let in, else undefined. Without Host it comes from no browser. */
  refusal({ host, origin }: BrowserHeaders): string | undefined {
    if (host !== undefined && !this.#isOurs(host)) return 'this host is not served; list its origin';
    if (origin !== undefined && !this.#mayCall(origin, host)) return 'this origin is not listed';
    return undefined;
  }

  /** Whether pages of `origin`, which is not ours, may read replies. */
  isListed(origin: string): boolean {
    return this.#origins.has(origin);
  }

  #isOurs(host: string): boolean {
    const name = hostOf(`http://${host}`)?.hostname;
    if (name === undefined) return false;
    const literal = name.replace(/^\[|\]$/g, '');
    if (name === 'localhost' || isLoopback(literal) || literal === this.#address) return true;
    return this.#hosts.has(name) || (everyAddress.has(this.#address) && isIP(literal) !== 0);
  }

  #mayCall(origin: string, host: string | undefined): boolean {
    const from = hostOf(origin);
    if (from === undefined) return false;
    return (
      this.isListed(from.origin) || (host !== undefined && from.host === hostAndPort(host, from.protocol))
    );
  }
}

/** Schemes without hosts share the origin `null`, so listing one would let all of them in. */
function listedOrigin(text: string): URL {
  const url = hostOf(text);
  if (url === undefined || url.origin === 'null') throw new Error(`origins: ${text} is not an origin`);
  return url;
}

function hostOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** As URL.host writes it: without the port that the scheme implies. */
function hostAndPort(host: string, protocol: string): string | undefined {
  return hostOf(`${protocol}//${host}`)?.host;
}

function isLoopback(literal: string): boolean {
  return literal === '::1' || (isIP(literal) === 4 && literal.startsWith('127.'));
}
