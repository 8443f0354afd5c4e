import { after, type Stop } from './clock.ts';
import { isObject, type JsonObject } from './json.ts';
import { unreachable } from './unreachable.ts';
import { parseIncoming, type Fault, type Incoming, type MediaEvent, type Tid } from './wire.ts';

/** A command that was refused, or not answered. */
export class CommandFailed extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.text);
    this.fault = fault;
  }
}

/** What a CommandConnection tells its owner. */
export type ConnectionNews =
  | { readonly type: 'event'; readonly event: MediaEvent }
  /** The last; not told when the owner closed it. */
  | { readonly type: 'closed'; readonly fault: Fault };

/** A reply, read and as it came. */
export interface Exchange {
  readonly reply: Extract<Incoming, { readonly type: 'ok' | 'error' }>;
  readonly text: string;
}

interface Waiting {
  readonly resolve: (exchange: Exchange) => void;
  readonly reject: (cause: CommandFailed) => void;
  readonly stopTimer: Stop;
}

/** The broker answers within 30 s (contract, "Deadlines"); the rest is for the way. */
const replyTimeoutMs = 35_000;

const openTimeoutMs = 10_000;

/** Commands that may wait for their replies. */
const mostWaiting = 100;

/** One logged-in command WebSocket: sends commands, answers the broker's events and pings. */
export class CommandConnection {
  readonly #socket: WebSocket;
  readonly #say: (news: ConnectionNews) => void;
  readonly #waiting = new Map<Tid, Waiting>();
  #lastTid = 0;
  #isClosed = false;

  private constructor(socket: WebSocket, say: (news: ConnectionNews) => void) {
    this.#socket = socket;
    this.#say = say;
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
    socket.addEventListener('close', ({ code }) => this.#lose(code));
  }

  /** Connects and logs in as `user`. Rejects with CommandFailed. */
  static async open(url: URL, user: string, say: (news: ConnectionNews) => void): Promise<CommandConnection> {
    const connection = new CommandConnection(await opened(url), say);
    try {
      await connection.request('core', 'user', 'login', { user });
    } catch (cause) {
      connection.close();
      throw cause;
    }
    return connection;
  }

  /**
   * Resolves with the data of the reply, empty if that is a list. Rejects with CommandFailed, also when the connection
   * is lost meanwhile.
   */
  async request(cls: 'core' | 'media', subclass: string, cmd: string, data: object): Promise<JsonObject> {
    const found = await this.#dataOf({ class: cls, subclass, cmd, data });
    return isObject(found) ? found : {};
  }

  /** As `request`, of a command that replies with a list of objects. */
  async list(
    cls: 'core' | 'media',
    subclass: string,
    cmd: string,
    data: object,
  ): Promise<readonly JsonObject[]> {
    const found = await this.#dataOf({ class: cls, subclass, cmd, data });
    return Array.isArray(found) ? found.filter(isObject) : [];
  }

  /** Sends a request whose `tid` we choose; also an error is a reply. Rejects as `request` where there is none. */
  exchange(envelope: object): Promise<Exchange> {
    if (this.#isClosed) return Promise.reject(new CommandFailed(closedFault));
    if (this.#waiting.size >= mostWaiting) return Promise.reject(new CommandFailed(busyFault));
    this.#lastTid += 1;
    const tid = this.#lastTid;
    return new Promise((resolve, reject) => {
      const stopTimer = after(replyTimeoutMs, () => this.#settle(tid)?.reject(new CommandFailed(lateFault)));
      this.#waiting.set(tid, { resolve, reject, stopTimer });
      this.#send({ ...envelope, tid });
    });
  }

  /** Idempotent. The broker ends the sessions of this connection. */
  close(): void {
    this.#end(closedFault);
    this.#socket.close();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(text: string): void {
    const message = parseIncoming(text);
    // Anything else may come from a newer broker and is not for us.
    if (message !== undefined) this.#handle(message, text);
  }

  async #dataOf(envelope: object): Promise<unknown> {
    const { reply } = await this.exchange(envelope);
    if (reply.type === 'error') throw new CommandFailed(reply.fault);
    return reply.data;
  }

  #handle(message: Incoming, text: string): void {
    switch (message.type) {
      case 'ok':
      case 'error':
        return this.#settle(message.tid)?.resolve({ reply: message, text });
      case 'ack':
        return;
      case 'event':
        if (message.tid !== undefined) this.#send({ result: 'ok', tid: message.tid });
        return this.#say({ type: 'event', event: message.event });
      case 'request':
        return this.#send(answerTo(message.cmd, message.tid));
      default:
        return unreachable(message);
    }
  }

  #settle(tid: Tid): Waiting | undefined {
    const waiting = this.#waiting.get(tid);
    this.#waiting.delete(tid);
    waiting?.stopTimer();
    return waiting;
  }

  #lose(code: number): void {
    if (this.#isClosed) return;
    const fault = lostFault(code);
    this.#end(fault);
    this.#say({ type: 'closed', fault });
  }

  #end(fault: Fault): void {
    this.#isClosed = true;
    for (const tid of [...this.#waiting.keys()]) this.#settle(tid)?.reject(new CommandFailed(fault));
  }
}

function opened(url: URL): Promise<WebSocket> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      stopTimer();
      socket.close();
      reject(new CommandFailed(noConnectionFault(url)));
    };
    const stopTimer = after(openTimeoutMs, fail);
    socket.addEventListener('error', fail, { once: true });
    socket.addEventListener('open', () => {
      stopTimer();
      socket.removeEventListener('error', fail);
      resolve(socket);
    });
  });
}

/** We can be pinged; nothing else may be asked of a page. */
function answerTo(cmd: string, tid: Tid): object {
  if (cmd === 'ping') return { result: 'ok', tid };
  return { result: 'error', tid, data: { code: 100006, error: 'Not implemented', name: 'not_implemented' } };
}

const closedFault: Fault = { name: 'closed', text: 'This page closed the connection to the broker' };
const busyFault: Fault = { name: 'busy', text: 'Too many commands are waiting for their replies' };

const lateFault: Fault = {
  name: 'timeout',
  text: 'The broker did not answer',
  hint: 'Is it still running?',
};

function lostFault(code: number): Fault {
  return {
    name: 'connection_lost',
    text: `The connection to the broker closed (WebSocket code ${code})`,
    hint: 'Sessions end with their connection. Start again once the broker is back.',
  };
}

function noConnectionFault(url: URL): Fault {
  return {
    name: 'no_connection',
    text: `No connection to ${url.href}`,
    hint: 'Is the broker running, and does it accept this page as an origin?',
  };
}

/** What to show of anything that was thrown. */
export function faultFrom(cause: unknown): Fault {
  if (cause instanceof CommandFailed) return cause.fault;
  if (cause instanceof Error) return { name: cause.name, text: cause.message };
  return { name: 'error', text: String(cause) };
}
