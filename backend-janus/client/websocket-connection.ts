import WebSocket from 'ws';
import type { Clock } from '#services/kernel';
import {
  CarriedConnection,
  type Carrier,
  type CarrierReceiver,
  type ConnectionParts,
} from './carried-connection.ts';
import type { JanusConnection } from './janus-connection.ts';

/** Janus' name for its API among WebSocket subprotocols. */
const subprotocol = 'janus-protocol';

/** From the call to an open WebSocket. */
const connectMs = 10_000;

/** A silent Janus is asked for a sign of life this often. */
const pingMs = 5_000;

/** A Janus that said nothing for so long, pongs included, is gone: two pings went unanswered. */
const silenceMs = 12_000;

/** What may wait for the WebSocket to open: as many requests as a connection has under way at most. */
const mostWaiting = 4_096;

/** What may wait for a Janus that takes nothing: far more than the requests under way are together. */
const mostBufferedBytes = 16 * 1024 * 1024;

/** Far more than the longest message of Janus, a description of many streams. */
const mostMessageBytes = 4 * 1024 * 1024;

/** A Janus that does not take part in the closing handshake is cut after this. */
const closeTimeoutMs = 2_000;

/** Of these, the types of ws 8.18 do not know `closeTimeout`. */
const settings = {
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: mostMessageBytes,
  closeTimeout: closeTimeoutMs,
};

/**
 * Connects to a remote Janus by WebSocket; what is asked before it is open waits for that. `url` is `ws:` or `wss:`.
 *
 * The connection is lost when Janus closes it, cannot be reached within 10 s, or is silent for 12 s in spite of pings.
 * Throws SyntaxError if `url` is none.
 */
export function webSocketConnection(url: string, parts: ConnectionParts): JanusConnection {
  return new CarriedConnection((receiver) => new WebSocketCarrier(url, parts.clock, receiver), parts);
}

class WebSocketCarrier implements Carrier {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #receiver: CarrierReceiver;
  /** What is to be sent once the WebSocket is open. */
  #waiting: string[] = [];
  #heardAt: number;
  #timer: Disposable;
  #isGone = false;

  constructor(url: string, clock: Clock, receiver: CarrierReceiver) {
    this.#clock = clock;
    this.#receiver = receiver;
    this.#heardAt = clock.now();
    this.#socket = new WebSocket(url, subprotocol, settings);
    this.#timer = clock.at(clock.now() + connectMs, () => this.#lose(new Error('Janus cannot be reached')));
    this.#socket.on('open', () => this.#opened());
    this.#socket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary));
    this.#socket.on('pong', () => (this.#heardAt = clock.now()));
    this.#socket.on('close', (code) => this.#lose(new Error(`Janus closed the WebSocket with ${code}`)));
    this.#socket.on('error', (cause) => this.#lose(cause));
  }

  send(message: object): void {
    const text = JSON.stringify(message);
    if (this.#socket.readyState === WebSocket.OPEN) this.#write(text);
    else if (this.#waiting.length < mostWaiting) this.#waiting.push(text);
    else this.#loseLater(new Error('too much waits for Janus'));
  }

  [Symbol.dispose](): void {
    this.#isGone = true;
    this.#timer[Symbol.dispose]();
    this.#waiting = [];
    // What is being opened has no close frame to send; what is open says goodbye, and Janus then ends its sessions.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close();
    else this.#socket.terminate();
  }

  #opened(): void {
    this.#heardAt = this.#clock.now();
    this.#timer[Symbol.dispose]();
    this.#timer = this.#nextPing();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const text of waiting) this.#write(text);
  }

  #write(text: string): void {
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > mostBufferedBytes)
      this.#loseLater(new Error('Janus takes nothing any more'));
  }

  #received(data: Buffer, isBinary: boolean): void {
    this.#heardAt = this.#clock.now();
    if (!this.#isGone) this.#receiver.received(isBinary ? undefined : parsed(data));
  }

  #nextPing(): Disposable {
    return this.#clock.at(this.#clock.now() + pingMs, () => this.#ping());
  }

  #ping(): void {
    if (this.#clock.now() - this.#heardAt >= silenceMs) return this.#lose(new Error('Janus is silent'));
    this.#socket.ping();
    this.#timer = this.#nextPing();
  }

  /** A sender is not told of the end before it has returned. */
  #loseLater(cause: Error): void {
    queueMicrotask(() => this.#lose(cause));
  }

  #lose(cause: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#socket.terminate();
    this.#receiver.lost(cause);
  }
}

/** Undefined for what is not JSON: the receiver counts it with all that is unreadable. */
function parsed(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
