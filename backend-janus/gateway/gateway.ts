import type { PeerConnectionFactory } from '#janus/media';
import {
  created,
  element,
  errorReply,
  JanusRefusal,
  pong,
  readEnvelope,
  sessionIdOf,
  type Envelope,
  type GatewayEvent,
} from '#janus/protocol';
import { Table, type Clock, type EventSink, type Log, type Random } from '#services/kernel';
import { freeId } from './free-id.ts';
import { PeerTable } from './handle/index.ts';
import type { Plugin } from './plugin.ts';
import { isSecret } from './secret.ts';
import { serverInfo } from './server-info.ts';
import { SessionRunner } from './session-runner.ts';
import { gatewayDefaults, type GatewaySettings } from './settings.ts';
import { TransportClient } from './transport-client.ts';
import type { GatewayDoor, TransportInstance } from './transport-instance.ts';

/** What a gateway works with. It owns its plugins and ends them when it is disposed. */
export interface GatewayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly plugins: readonly Plugin[];
  readonly peerConnections: PeerConnectionFactory;
  /** Hears everything that event handlers may want. Must return at once. */
  readonly onEvent?: EventSink<GatewayEvent>;
}

/** What is alive in a gateway. */
export interface GatewayCounts {
  readonly sessions: number;
  readonly handles: number;
  /** Those that are being released included. */
  readonly peerConnections: number;
}

/**
 * The in-process Janus: sessions, handles and plugins behind the messages of the Janus API.
 *
 * What is wrong with a request is answered in the order, with the numbers and in the words of Janus 1.1.2.
 */
export class Gateway implements GatewayDoor, AsyncDisposable {
  readonly #parts: GatewayParts;
  readonly #settings: GatewaySettings;
  readonly #plugins: ReadonlyMap<string, Plugin>;
  readonly #peers: PeerTable;
  readonly #sessions = new Table<number, SessionRunner>();
  #clients = 0;
  #disposal: Promise<void> | undefined;

  constructor(parts: GatewayParts, settings: Partial<GatewaySettings> = {}) {
    this.#parts = parts;
    this.#settings = { ...gatewayDefaults, ...settings };
    this.#plugins = new Map(parts.plugins.map((plugin) => [plugin.package, plugin]));
    const { connectTimeoutMs, silenceWarningMs, silenceTimeoutMs, slowLinkThreshold } = this.#settings;
    const silence = { warnAfterMs: silenceWarningMs, endAfterMs: silenceTimeoutMs };
    const options = { connectTimeoutMs, silence, slowLinkThreshold };
    this.#peers = new PeerTable(parts.peerConnections, options, (err) =>
      parts.log.error({ err }, 'a peer connection could not be released'),
    );
  }

  get counts(): GatewayCounts {
    const handles = [...this.#sessions.values()].reduce((sum, session) => sum + session.handleCount, 0);
    return { sessions: this.#sessions.size, handles, peerConnections: this.#peers.size };
  }

  /** A session, for the Admin API. */
  session(id: number): SessionRunner | undefined {
    return this.#sessions.get(id);
  }

  connect(deliver: (message: object) => void, transport = 'janus.transport.local'): TransportInstance {
    this.#clients += 1;
    return new TransportClient({
      transport,
      id: this.#clients.toString(),
      deliver,
      receive: (message, client) => this.#receive(message, client),
      fault: (err) => this.#parts.log.error({ err }, 'a client could not be told'),
    });
  }

  /** Ends all sessions, then releases peer connections and plugins. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    for (const session of [...this.#sessions.values()]) session.end();
    await this.#peers[Symbol.asyncDispose]();
    for (const plugin of this.#plugins.values()) await plugin[Symbol.asyncDispose]();
  }

  #receive(message: unknown, client: TransportClient): void {
    let envelope: Envelope | undefined;
    try {
      envelope = readEnvelope(message);
      this.#route(envelope, client);
    } catch (cause) {
      client.send(errorReply(this.#refusalOf(cause), envelope ?? { sessionId: sessionIdOf(message) }));
    }
  }

  #refusalOf(cause: unknown): JanusRefusal {
    if (cause instanceof JanusRefusal) return cause;
    this.#parts.log.error({ err: cause }, 'a request failed');
    return new JanusRefusal('unknown', 'Internal error', { cause });
  }

  #route(envelope: Envelope, client: TransportClient): void {
    const { sessionId, handleId } = envelope;
    if (sessionId === undefined) {
      if (typeof handleId === 'number') throw new JanusRefusal('session_not_found');
      return this.#atRoot(envelope, client);
    }
    if (handleId === null) throw new JanusRefusal('handle_not_found');
    this.#authorize(envelope);
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw new JanusRefusal('session_not_found', `No such session ${sessionId}`);
    session.request(envelope, client);
  }

  #atRoot(envelope: Envelope, client: TransportClient): void {
    const { verb, spelling, transaction } = envelope;
    switch (verb) {
      case 'info':
        return client.send(serverInfo(transaction, this.#settings, this.#plugins.values()));
      case 'ping':
        return client.send(pong(transaction));
      case 'create':
        return this.#create(envelope, client);
      default:
        throw new JanusRefusal('invalid_request_path', `Unhandled request '${spelling}' at this path`);
    }
  }

  #authorize({ message }: Envelope): void {
    const { apiSecret } = this.#settings;
    if (apiSecret !== undefined && !isSecret(element(message, 'apisecret'), apiSecret))
      throw new JanusRefusal('unauthorized');
  }

  #create(envelope: Envelope, client: TransportClient): void {
    this.#authorize(envelope);
    const { transaction, wishedId = 0 } = envelope;
    if (this.#disposal !== undefined || this.#sessions.size >= this.#settings.mostSessions)
      throw new JanusRefusal('not_accepting_sessions');
    if (this.#sessions.has(wishedId))
      return client.send(
        errorReply(new JanusRefusal('session_conflict'), { transaction, sessionId: wishedId }),
      );
    const id = wishedId === 0 ? freeId(this.#parts.random, (taken) => this.#sessions.has(taken)) : wishedId;
    this.#sessions.set(id, this.#createSession(id, client));
    client.send(created(transaction, id));
  }

  #createSession(id: number, client: TransportClient): SessionRunner {
    const { clock, random, log } = this.#parts;
    return new SessionRunner(id, client, {
      clock,
      random,
      log: log.child({ session_id: id }),
      peers: this.#peers,
      plugins: this.#plugins,
      settings: this.#settings,
      report: (event) => this.#parts.onEvent?.({ timestamp: Math.round(clock.wallTime() * 1000), ...event }),
      ended: () => void this.#sessions.delete(id),
    });
  }
}
