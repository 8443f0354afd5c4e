import { MediaError } from '#schemas';
import { ConnectionLost, Driver, Table, unreachable, type Clock } from '#services/kernel';
import type { JanusEvent, JanusReply, JanusRequest } from '#janus/protocol';
import { EventListeners } from './event-listeners.ts';
import { readIncoming } from './incoming.ts';
import type { JanusConnection } from './janus-connection.ts';
import { Transactions, type TransactionInput, type TransactionOutput } from './transactions.ts';

/** What takes messages to a Janus: a local gateway, a WebSocket. Disposing ends it, without telling the receiver. */
export interface Carrier extends Disposable {
  /** Queues one JSON value; never throws. */
  send(message: object): void;
}

/** Takes what a carrier brings, one JSON value each and in order, never before `send` has returned. */
export interface CarrierReceiver {
  received(message: unknown): void;
  /** The carrier is gone for good. */
  lost(cause: unknown): void;
}

/** What surrounds a connection. */
export interface ConnectionParts {
  readonly clock: Clock;
  /** Goes with each request, if this Janus asks for one (`api_secret`). */
  readonly apiSecret?: string;
  /** Told what a bug of ours or of a listener threw. */
  fault(cause: unknown): void;
}

type Settle = (result: JanusReply | Error) => void;

/** A connection on any carrier: transactions, events per Janus session, and its end are here; only bytes are elsewhere. */
export class CarriedConnection implements JanusConnection {
  readonly #parts: ConnectionParts;
  readonly #carrier: Carrier;
  readonly #driver: Driver<TransactionInput, TransactionOutput>;
  readonly #waiting = new Table<number, Settle>();
  readonly #listeners: EventListeners;
  readonly #lost = new AbortController();
  readonly lost = this.#lost.signal;
  #requests = 0;
  #unreadable = 0;

  constructor(carry: (receiver: CarrierReceiver) => Carrier, parts: ConnectionParts) {
    this.#parts = parts;
    this.#listeners = new EventListeners((cause) => parts.fault(cause));
    this.#driver = new Driver(new Transactions(), parts.clock, {
      perform: (output) => this.#perform(output),
      fault: (cause) => this.#break(cause),
    });
    this.#carrier = carry({
      received: (message) => this.#receive(message),
      lost: (cause) => this.#end(cause),
    });
  }

  /** Messages dropped so far, because they were none that Janus sends. */
  get unreadable(): number {
    return this.#unreadable;
  }

  request(message: JanusRequest, signal: AbortSignal): Promise<JanusReply> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve, reject) => {
      if (this.lost.aborted) return reject(errorOf(this.lost.reason));
      if (signal.aborted) return reject(errorOf(signal.reason));
      const abandon = (): void => {
        this.#settle(request, errorOf(signal.reason));
        this.#driver.post({ type: 'abandon', request });
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#waiting.set(request, (result) => {
        signal.removeEventListener('abort', abandon);
        if (result instanceof Error) reject(result);
        else resolve(result);
      });
      if (!this.#driver.post({ type: 'request', request, message }))
        this.#settle(request, new MediaError('busy'));
    });
  }

  subscribe(sessionId: number, listener: (event: JanusEvent) => void): Disposable {
    return this.#listeners.add(sessionId, listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end(new Error('the connection was closed'));
    return Promise.resolve();
  }

  #receive(message: unknown): void {
    const incoming = readIncoming(message);
    if (incoming === undefined) this.#unreadable += 1;
    else this.#driver.post({ type: 'received', incoming });
  }

  #perform(output: TransactionOutput): void {
    switch (output.type) {
      case 'send':
        return this.#send(output.message);
      case 'settle':
        return this.#settle(output.request, output.result);
      case 'event':
        return this.#listeners.tell(output.sessionId, output.event);
      default:
        return unreachable(output);
    }
  }

  #send(message: object): void {
    const { apiSecret } = this.#parts;
    this.#carrier.send(apiSecret === undefined ? message : { ...message, apisecret: apiSecret });
  }

  #settle(request: number, result: JanusReply | Error): void {
    this.#waiting.get(request)?.(result);
    this.#waiting.delete(request);
  }

  /** A bug of ours: nothing can be said any more of what is under way. */
  #break(cause: unknown): void {
    this.#parts.fault(cause);
    this.#end(cause);
  }

  #end(cause: unknown): void {
    if (this.lost.aborted) return;
    const lost = new ConnectionLost('the connection to Janus is gone', { cause });
    this.#driver[Symbol.dispose]();
    this.#carrier[Symbol.dispose]();
    this.#listeners.clear();
    this.#lost.abort(lost);
    for (const request of [...this.#waiting.keys()]) this.#settle(request, lost);
  }
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
