import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Serve, Transport } from '#services/broker';
import type { Clock, Log, Random } from '#services/kernel';
import { Admission } from '../admission.ts';
import { mostRequestBytes } from '../decode.ts';
import { Intake } from '../intake.ts';
import { waitAtMost } from '../patience.ts';
import type { Turns } from '../turns.ts';
import { refuseUpgrade, type Upgrades } from '../upgrades.ts';
import { Connection } from './connection.ts';
import type { Wire } from './wire.ts';

/** What a WebSocketTransport needs from others. */
export interface WebSocketTransportParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** One for all transports of the process, since they share its event loop. */
  readonly turns: Turns;
}

/** Where a WebSocketTransport listens and whom it serves. */
export interface WebSocketTransportOptions {
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Origins whose pages may connect; by default only those of our own host. */
  readonly origins?: readonly string[];
  /** Connections at the same time; 10,000 by default. */
  readonly mostConnections?: number;
  /** How long disposing waits for requests in flight before it aborts them; 30,000 by default. */
  readonly drainMs?: number;
}

/** A peer that does not take part in the closing handshake is cut after this. */
const closeTimeoutMs = 2000;

/** From a TCP connection to its request to upgrade. */
const handshakeTimeoutMs = 10_000;

/** Of these, the types of ws 8.18 do not know `closeTimeout`. */
const settings = {
  noServer: true,
  clientTracking: false,
  maxPayload: mostRequestBytes,
  perMessageDeflate: false,
  closeTimeout: closeTimeoutMs,
};

/** Commands over WebSocket, one JSON text per message; events go to the connection that wants them. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly #parts: WebSocketTransportParts;
  readonly #options: WebSocketTransportOptions;
  readonly #admission: Admission;
  readonly #server: Server;
  readonly #handshakes: WebSocketServer;
  readonly #connections = new Map<Connection, WebSocket>();
  #serve: Serve | undefined;
  #disposal: Promise<void> | undefined;

  /** Throws Error if an origin is none. */
  constructor(parts: WebSocketTransportParts, options: WebSocketTransportOptions) {
    const { address, origins = [] } = options;
    this.#parts = parts;
    this.#options = options;
    this.#admission = new Admission({ address, origins });
    this.#handshakes = new WebSocketServer(settings);
    this.#server = createServer({ headersTimeout: handshakeTimeoutMs }, (_request, response) => {
      response.writeHead(426, { upgrade: 'websocket', connection: 'close' }).end();
    });
    this.#server.maxConnections = 2 * this.#mostConnections;
    this.#server.on('upgrade', this.#upgrade);
  }

  /** The port in use; undefined before `listen`. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Connections now. */
  get size(): number {
    return this.#connections.size;
  }

  /** Also takes connections at `path` of another HTTP server. */
  attachTo(server: Upgrades, path: string): void {
    server.onUpgrade(path, this.#upgrade);
  }

  async listen(serve: Serve): Promise<void> {
    this.#serve = serve;
    this.#server.listen({ host: this.#options.address, port: this.#options.port });
    await once(this.#server, 'listening');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#drain();
    return this.#disposal;
  }

  get #mostConnections(): number {
    return this.#options.mostConnections ?? 10_000;
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const serve = this.#serve;
    const { host, origin } = request.headers;
    const refusal = this.#admission.refusal({ host: origin === undefined ? undefined : host, origin });
    if (refusal !== undefined) return refuseUpgrade(socket, 403, refusal);
    if (serve === undefined || this.#disposal !== undefined) return refuseUpgrade(socket, 503, 'not running');
    if (this.#connections.size >= this.#mostConnections)
      return refuseUpgrade(socket, 503, 'too many connections');
    this.#handshakes.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, serve));
  };

  #accept(ws: WebSocket, serve: Serve): void {
    const { clock, log, random, turns } = this.#parts;
    const onFailure = (err: unknown): void => log.error({ err }, 'a WebSocket request failed');
    const connection = new Connection({ clock, wire: wireOf(ws), serve, onFailure }, random.uuid());
    this.#connections.set(connection, ws);
    const intake = new Intake(turns, ws, (bytes) => connection.receive(bytes));
    ws.on('message', (data) => intake.take(bytesOf(data)));
    ws.on('ping', () => connection.heard());
    ws.on('pong', () => connection.heard());
    // The 'close' that follows does the rest; ws has told the peer, for example 1009 for a message over 1 MiB.
    ws.on('error', (err) => log.debug({ err }, 'a WebSocket was lost'));
    ws.once('close', () => {
      this.#connections.delete(connection);
      connection[Symbol.dispose]();
    });
  }

  async #drain(): Promise<void> {
    const { clock } = this.#parts;
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    if (closed !== undefined) this.#server.close();
    const patienceMs = this.#options.drainMs ?? 30_000;
    const open = [...this.#connections];
    await Promise.all(open.map(([connection]) => connection.drain(patienceMs)));
    const goodbyes = open.filter(([, ws]) => ws.readyState !== ws.CLOSED).map(([, ws]) => once(ws, 'close'));
    await waitAtMost(clock, closeTimeoutMs, Promise.all(goodbyes));
    for (const ws of this.#connections.values()) ws.terminate();
    this.#server.closeAllConnections();
    await closed;
  }
}

function wireOf(ws: WebSocket): Wire {
  return {
    get queuedBytes() {
      return ws.bufferedAmount;
    },
    send: (text) => ws.send(text),
    ping: () => ws.ping(),
    close: (code, reason) => ws.close(code, reason),
    terminate: () => ws.terminate(),
  };
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
