import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WaitingReplies } from './waiting-replies.ts';

/** A message as far as it has come; what the broker writes is ASCII. */
interface Message {
  readonly number: number;
  content: string;
  missing: number;
}

const lineEnd = '\r\n';
const inbox = '_INBOX.load';

/**
 * Requests over the NATS protocol and nothing else, so that what is measured is the server: the `nats` package needs
 * as much time for 2,000 requests a second as the broker does.
 */
export class BareNats implements Disposable {
  readonly #socket: Socket;
  readonly #replies = new WaitingReplies();
  /** Of a line whose end has not come yet. */
  #line = '';
  #message: Message | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (cause) => this.#replies.fail(cause));
    socket.on('close', () => this.#replies.fail(new Error('NATS closed the connection')));
  }

  /** Rejects if nobody listens. */
  static async open(host: string, port: number): Promise<BareNats> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const nats = new BareNats(socket);
    nats.#send(`CONNECT {"verbose":false,"headers":true,"no_responders":true}`, `SUB ${inbox}.* 1`);
    return nats;
  }

  /** `number` must be another's only when that one has its reply. */
  request(subject: string, content: string, number: number): Promise<string> {
    const reply = this.#replies.wait(number);
    this.#send(`PUB ${subject} ${inbox}.${number} ${Buffer.byteLength(content)}`, content);
    return reply;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #send(...lines: readonly string[]): void {
    this.#socket.write(lines.join(lineEnd) + lineEnd);
  }

  #take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;)
      at =
        this.#message === undefined ? this.#takeLine(chunk, at) : this.#takeContent(this.#message, chunk, at);
  }

  /** Where it ends, as far as it has come. */
  #takeLine(chunk: Buffer, start: number): number {
    const end = chunk.indexOf('\n', start);
    this.#line += chunk.toString('latin1', start, end === -1 ? chunk.length : end);
    if (end === -1) return chunk.length;
    const [verb, ...words] = this.#line.trimEnd().split(' ');
    this.#line = '';
    if (verb === 'PING') this.#send('PONG');
    else if (verb === '-ERR' || verb === 'HMSG') this.#replies.fail(new Error(`NATS: ${words.join(' ')}`));
    else if (verb === 'MSG')
      this.#message = {
        number: Number(words[0]?.slice(inbox.length + 1)),
        content: '',
        missing: Number(words.at(-1)),
      };
    return end + 1;
  }

  #takeContent(message: Message, chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + message.missing);
    message.content += chunk.toString('latin1', start, end);
    message.missing -= end - start;
    if (message.missing > 0) return end;
    this.#message = undefined;
    this.#replies.settle(message.number, message.content);
    return end;
  }
}
