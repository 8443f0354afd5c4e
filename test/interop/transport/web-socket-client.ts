import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { TransportClient } from '../../contract/transport.ts';
import { fieldsOf } from '../../support/fields.ts';

interface Waiting {
  readonly tid: unknown;
  resolve(reply: unknown): void;
  reject(cause: Error): void;
}

/** A client of the command WebSocket, with all that it heard. */
export interface WebSocketClient extends TransportClient {
  readonly socket: WebSocket;
  /** The `tid` of each acknowledgement. */
  readonly acks: unknown[];
  /** Requests that came from the broker, events included, as they came. */
  readonly asked: unknown[];
}

/** Connects, and matches replies to requests by `tid`; a reply without one answers the oldest without. */
export async function webSocketClient(url: string): Promise<WebSocketClient> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const client = new Client(socket);
  await once(socket, 'open');
  return client;
}

class Client implements WebSocketClient {
  readonly socket: WebSocket;
  readonly acks: unknown[] = [];
  readonly asked: unknown[] = [];
  readonly events: unknown[] = [];
  #waiting: Waiting[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const message: unknown = JSON.parse(data.toString('utf8'));
      this.#take(fieldsOf(message), message);
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error(`closed with ${code}`));
    });
  }

  request(content: string | Uint8Array): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ tid: tidIn(content), resolve, reject });
      this.socket.send(content, (cause) => {
        if (cause) reject(cause);
      });
    });
  }

  vanish(): void {
    this.socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  #take(fields: ReadonlyMap<string, unknown>, message: unknown): void {
    if (fields.has('ack')) this.acks.push(fields.get('ack'));
    else if (fields.has('cmd')) {
      this.asked.push(message);
      if (fields.get('cmd') === 'event') this.events.push(fields.get('data'));
    } else {
      const at = this.#waiting.findIndex(({ tid }) => tid === fields.get('tid'));
      const [found] = this.#waiting.splice(at === -1 ? 0 : at, 1);
      found?.resolve(message);
    }
  }
}

function tidIn(content: string | Uint8Array): unknown {
  try {
    const message: unknown = JSON.parse(content.toString());
    return fieldsOf(message).get('tid');
  } catch {
    // Not JSON, on purpose.
    return undefined;
  }
}
