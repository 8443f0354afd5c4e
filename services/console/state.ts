import type { Clock } from '#services/kernel';

/** Port numbers by the names of the ready file; what does not run is absent. */
export interface Ports {
  readonly nats?: number | undefined;
  readonly http?: number | undefined;
  readonly commands?: number | undefined;
  readonly janus?: number | undefined;
  readonly janusHttp?: number | undefined;
  readonly admin?: number | undefined;
  readonly adminHttp?: number | undefined;
  /** UDP. */
  readonly media?: number | undefined;
  readonly sip?: number | undefined;
}

/** Where the broker's NATS is. */
export interface NatsPlace {
  /** One address or several, separated by commas; what they hold of users and passwords is not shown. */
  readonly url: string;
  /** True if it is our own dev bus. */
  readonly isEmbedded: boolean;
}

/** What the console shows, read anew for every request. */
export interface ConsoleSources {
  readonly node: string;
  readonly version: string;
  /** Of NATS subjects: `media`. */
  readonly subjectPrefix: string;
  readonly ports: () => Ports;
  /** Undefined while there is none. */
  readonly nats: () => NatsPlace | undefined;
  /** Sessions that are alive. */
  readonly sessions: () => number;
}

/** The body of `GET /console/state.json`, in the wire's spelling; `uptime` in seconds. */
export interface ConsoleState {
  readonly node: string;
  readonly version: string;
  readonly uptime: number;
  readonly sessions: number;
  readonly subject_prefix: string;
  readonly nats?: { readonly url: string; readonly embedded: boolean };
  readonly ports: Ports;
}

/** A function that reads the state; the uptime counts from this call. */
export function stateReader(clock: Clock, sources: ConsoleSources): () => ConsoleState {
  const startedAt = clock.now();
  return () => {
    const nats = sources.nats();
    return {
      node: sources.node,
      version: sources.version,
      uptime: Math.floor((clock.now() - startedAt) / 1000),
      sessions: sources.sessions(),
      subject_prefix: sources.subjectPrefix,
      ...(nats && { nats: { url: withoutSecrets(nats.url), embedded: nats.isEmbedded } }),
      ports: sources.ports(),
    };
  };
}

/** NATS addresses may carry a user and password, or a token, before the `@`; anyone can read this page. */
function withoutSecrets(addresses: string): string {
  return addresses
    .split(',')
    .map((address) => address.trim().replace(/^([a-z]+:\/\/)?.*@/i, '$1'))
    .join(',');
}
