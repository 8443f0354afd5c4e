import { once } from 'node:events';
import WebSocket from 'ws';
import { fieldsOf } from '../../support/fields.ts';

type Fields = ReadonlyMap<string, unknown>;

interface Waiting {
  readonly resolve: (reply: Fields) => void;
  readonly reject: (cause: Error) => void;
  /** An `ack` is all there will be. */
  readonly isDoneByAck: boolean;
}

/** How long Janus may take to answer a request. */
const patienceMs = 10_000;

/** The Janus API over a WebSocket: a request waits for its reply, and past an `ack` for the event that follows, if one does. */
export class JanusSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  #transactions = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(fieldsOf(JSON.parse(data.toString()))));
    socket.on('close', () => this.#fail(new Error('Janus closed the connection')));
    socket.on('error', (cause) => this.#fail(cause));
  }

  /** Connects; rejects if nobody listens. */
  static async open(url: string): Promise<JanusSocket> {
    const socket = new WebSocket(url, 'janus-protocol', { perMessageDeflate: false });
    await once(socket, 'open');
    return new JanusSocket(socket);
  }

  /** Sends a request; rejects with Janus's error or a plugin's. */
  async request(body: Readonly<Record<string, unknown>>): Promise<Fields> {
    this.#transactions += 1;
    const transaction = String(this.#transactions);
    const timeout = setTimeout(() => this.#late(transaction), patienceMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(transaction, { resolve, reject, isDoneByAck: body['janus'] === 'keepalive' });
        this.#socket.send(JSON.stringify({ ...body, transaction }));
      });
    } finally {
      clearTimeout(timeout);
      this.#waiting.delete(transaction);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #take(message: Fields): void {
    const waiting = this.#waiting.get(String(message.get('transaction')));
    if (waiting === undefined) return;
    if (message.get('janus') === 'ack' && !waiting.isDoneByAck) return;
    const error = message.get('janus') === 'error' ? message.get('error') : undefined;
    const data = fieldsOf(fieldsOf(message.get('plugindata')).get('data'));
    const failure = fieldsOf(error).get('reason') ?? data.get('error');
    if (typeof failure === 'string') waiting.reject(new Error(`Janus: ${failure}`));
    else waiting.resolve(message);
  }

  #late(transaction: string): void {
    this.#waiting.get(transaction)?.reject(new Error(`Janus did not answer within ${patienceMs} ms`));
  }

  #fail(cause: Error): void {
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
