import { createHash, timingSafeEqual } from 'node:crypto';
import { unreachable, type Clock } from '#services/kernel';
import type { Message, MessageBus, Subscriber, Subscription } from './message-bus.ts';
import { faults, type ConnectOptions, type Operation } from './operations.ts';
import { ProtocolParser } from './protocol-parser.ts';

/** One end of a byte stream to a client. */
export interface Wire {
  /** Bytes written and not yet taken by the system. */
  readonly queuedBytes: number;
  write(bytes: Buffer): void;
  /** Closes once what was written is out, or soon. */
  end(): void;
  /** Cuts at once. */
  destroy(): void;
}

/** What a client must show to be served; nothing if undefined. */
export type Credentials =
  { readonly user: string; readonly password: string } | { readonly token: string } | undefined;

/** What a BusClient needs from others. */
export interface BusClientParts {
  readonly clock: Clock;
  readonly bus: MessageBus;
  readonly wire: Wire;
}

/** What a server tells its clients, as in the INFO line of NATS. */
export interface ServerInfo {
  readonly serverId: string;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
}

/** Limits that every NATS client expects: nats-server's own. */
export const protocolLimits = { mostLineBytes: 4096, mostPayloadBytes: 1024 * 1024 };

/** A client that does not read gets this far behind before it is cut: eight messages of the largest kind. */
const mostQueuedBytes = 8 * 1024 * 1024;

const mostSubscriptions = 10_000;

/** Below this a copy costs less than a write of its own; above it, less memory is worth more. */
const mostJoinedBytes = 16 * 1024;

/** A client that leaves two of these unanswered is gone. */
const pingPeriodMs = 30_000;
const mostUnansweredPings = 2;

const lineEnd = '\r\n';

/** Before CONNECT, as nats-server assumes. */
const unasked: ConnectOptions = {
  verbose: true,
  echo: true,
  headers: false,
  noResponders: false,
  user: '',
  password: '',
  token: '',
};

/** One client of the bus: reads its operations, keeps its subscriptions, writes what it is sent. */
export class BusClient implements Subscriber, Disposable {
  readonly #parts: BusClientParts;
  readonly #credentials: Credentials;
  readonly #parser = new ProtocolParser(protocolLimits);
  readonly #subscriptions = new Map<string, Subscription>();
  #options = unasked;
  #state: 'unknown' | 'served' | 'closed';
  #unansweredPings = 0;
  #timer: Disposable | undefined;

  constructor(parts: BusClientParts, info: ServerInfo, credentials: Credentials) {
    this.#parts = parts;
    this.#credentials = credentials;
    this.#state = credentials === undefined ? 'served' : 'unknown';
    this.#say(`INFO ${JSON.stringify(infoLine(info, credentials))}`);
    this.#keepAlive();
  }

  get wantsEcho(): boolean {
    return this.#options.echo;
  }

  /** Takes bytes from the client. */
  receive(chunk: Buffer): void {
    this.#unansweredPings = 0;
    for (const operation of this.#parser.feed(chunk)) {
      if (this.#state === 'closed') return;
      this.#perform(operation);
    }
  }

  deliver(sid: string, { head, payload }: Message): void {
    if (this.#state === 'closed') return;
    const { headers } = this.#options;
    const { subject, replyTo, headerBytes } = headers ? head : { ...head, headerBytes: 0 };
    const content = headers ? payload : payload.subarray(head.headerBytes);
    const names = [subject, sid, ...(replyTo === undefined ? [] : [replyTo])].join(' ');
    const sizes = headerBytes > 0 ? `${headerBytes} ${content.length}` : content.length.toString();
    const verb = headerBytes > 0 ? 'HMSG' : 'MSG';
    const line = Buffer.from(`${verb} ${names} ${sizes}${lineEnd}`);
    if (content.length > mostJoinedBytes) this.#write(line, content, crLf);
    else this.#write(Buffer.concat([line, content, crLf]));
  }

  /** The connection is closed, or is to be: the client's subscriptions and its timer end. */
  [Symbol.dispose](): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#timer?.[Symbol.dispose]();
    for (const subscription of this.#subscriptions.values()) this.#parts.bus.unsubscribe(subscription);
    this.#subscriptions.clear();
    this.#parts.wire.end();
  }

  #perform(operation: Operation): void {
    if (this.#state === 'unknown' && operation.op !== 'connect' && operation.op !== 'fault') {
      this.#refuse(faults.authorization);
      return;
    }
    switch (operation.op) {
      case 'connect':
        return this.#connect(operation.options);
      case 'ping':
        return this.#say('PONG');
      case 'pong':
        return;
      case 'publish':
        return this.#publish(operation);
      case 'subscribe':
        return this.#subscribe(operation);
      case 'unsubscribe':
        return this.#unsubscribe(operation.sid, operation.max);
      case 'fault':
        return this.#refuse(operation.text);
      default:
        return unreachable(operation);
    }
  }

  #connect(options: ConnectOptions): void {
    if (!isAuthorised(options, this.#credentials)) return this.#refuse(faults.authorization);
    this.#state = 'served';
    this.#options = options;
    this.#confirm();
  }

  #publish(message: Message): void {
    const { bus } = this.#parts;
    const { replyTo, headerBytes } = message.head;
    if (headerBytes > 0 && !this.#options.headers) return this.#refuse(faults.headers);
    this.#confirm();
    const reached = bus.publish(message, this);
    if (reached === 0 && replyTo !== undefined && this.#options.noResponders) {
      bus.reportNoResponders(replyTo, this);
    }
  }

  #subscribe({ pattern, queue, sid }: Operation & { op: 'subscribe' }): void {
    if (this.#subscriptions.size >= mostSubscriptions) return this.#refuse(faults.subscriptions);
    this.#confirm();
    // As in nats-server, a number in use keeps its first meaning.
    if (this.#subscriptions.has(sid)) return;
    const onEnd = (): void => void this.#subscriptions.delete(sid);
    const subscription = { pattern, queue, sid, subscriber: this, max: undefined, delivered: 0, onEnd };
    this.#subscriptions.set(sid, subscription);
    this.#parts.bus.subscribe(subscription);
  }

  #unsubscribe(sid: string, max: number | undefined): void {
    this.#confirm();
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined) this.#parts.bus.limit(subscription, max ?? 0);
  }

  #confirm(): void {
    if (this.#options.verbose) this.#say('+OK');
  }

  #refuse(text: string): void {
    this.#say(`-ERR '${text}'`);
    this[Symbol.dispose]();
  }

  #say(line: string): void {
    this.#write(Buffer.from(line + lineEnd));
  }

  #write(...pieces: readonly Buffer[]): void {
    const { wire } = this.#parts;
    for (const piece of pieces) wire.write(piece);
    if (wire.queuedBytes <= mostQueuedBytes || this.#state === 'closed') return;
    wire.write(Buffer.from(`-ERR '${faults.slow}'${lineEnd}`));
    this[Symbol.dispose]();
    wire.destroy();
  }

  #keepAlive(): void {
    const { clock } = this.#parts;
    this.#timer = clock.at(clock.now() + pingPeriodMs, () => {
      if (this.#unansweredPings >= mostUnansweredPings) return this.#refuse(faults.stale);
      this.#unansweredPings += 1;
      this.#keepAlive();
      this.#say('PING');
    });
  }
}

const crLf = Buffer.from(lineEnd);

/** Field names are those of the NATS protocol. */
function infoLine({ serverId, version, host, port, clientId }: ServerInfo, credentials: Credentials): object {
  return {
    server_id: serverId,
    server_name: 'bifrons-dev-bus',
    version,
    proto: 1,
    host,
    port,
    headers: true,
    max_payload: protocolLimits.mostPayloadBytes,
    client_id: clientId,
    ...(credentials !== undefined && { auth_required: true }),
  };
}

function isAuthorised(given: ConnectOptions, wanted: Credentials): boolean {
  if (wanted === undefined) return true;
  if ('token' in wanted) return isSame(given.token, wanted.token);
  return isSame(given.user, wanted.user) && isSame(given.password, wanted.password);
}

/** Takes the same time whatever differs. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
