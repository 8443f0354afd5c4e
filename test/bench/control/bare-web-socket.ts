import { once } from 'node:events';
import WebSocket from 'ws';
import { WaitingReplies } from './waiting-replies.ts';

/** Where a reply of the broker, which ends with it, has the number of its request. */
const tidAtEnd = /"tid":(\d+)\}$/;

/** Requests over the command WebSocket; of a reply nothing is read but its number. */
export class BareWebSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #replies = new WaitingReplies();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(data.toString()));
    socket.on('error', (cause) => this.#replies.fail(cause));
    socket.on('close', () => this.#replies.fail(new Error('the broker closed the connection')));
  }

  /** Rejects if nobody listens. */
  static async open(url: string): Promise<BareWebSocket> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    return new BareWebSocket(socket);
  }

  /** `content` must have `number` as its `tid`. */
  request(content: string, number: number): Promise<string> {
    const reply = this.#replies.wait(number);
    this.#socket.send(content);
    return reply;
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  /** Events and acknowledgements are not for us. */
  #take(message: string): void {
    const tid = message.startsWith('{"result"') ? tidAtEnd.exec(message.slice(-32)) : null;
    if (tid !== null) this.#replies.settle(Number(tid[1]), message);
  }
}
