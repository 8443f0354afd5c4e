import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { until } from './surroundings.ts';

/** Speaks the text of the NATS protocol over TCP, as telnet would. */
export class RawNatsClient implements AsyncDisposable {
  readonly socket: Socket;
  #heard = '';
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => (this.#heard += text));
    socket.on('error', () => undefined);
    socket.once('close', () => (this.#isClosed = true));
  }

  static async connect(port: number): Promise<RawNatsClient> {
    const socket = createConnection({ host: '127.0.0.1', port });
    const client = new RawNatsClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** All that came so far. */
  get heard(): string {
    return this.#heard;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends lines, each with its line end. */
  say(...lines: readonly string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Waits until something like it came. */
  async hears(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.#heard));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}
