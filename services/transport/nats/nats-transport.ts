import {
  Match,
  type MsgHdrs,
  type NatsConnection,
  type NatsError,
  type Service,
  type Subscription,
} from 'nats';
import type { EventEnvelope, Reply, Serve, Transport } from '#services/broker';
import { unreachable, type Clock, type Log, type Random, type SignalSource } from '#services/kernel';
import { AskedRequest } from '../asked-request.ts';
import { decode } from '../decode.ts';
import { InFlight } from '../in-flight.ts';
import { loneCaller } from '../lone-caller.ts';
import { waitAtMost } from '../patience.ts';
import { refusal } from '../replies.ts';
import { requestMarks } from '../request-marks.ts';
import type { Turns } from '../turns.ts';
import { EventOutlet } from './event-outlet.ts';
import { Heartbeat, type NodeReading } from './heartbeat.ts';
import { NatsLink, type LinkChange, type NatsState } from './nats-link.ts';
import { sendReply, type Answerable } from './send-reply.ts';
import { completeBySubject, eventSubject } from './subjects.ts';

/** What a NatsTransport needs from others. */
export interface NatsTransportParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** One for all transports of the process, since they share its event loop. */
  readonly turns: Turns;
  /** What the heartbeat tells, read every second. */
  readNode(): NodeReading;
  /** The connection is closed for good though nobody disposed the transport: the process should end. */
  onClosed(cause: Error | undefined): void;
}

/** Where a NatsTransport connects and what it is called there. */
export interface NatsTransportOptions {
  /** As in `NATS_URL`: one or more servers, separated by commas. */
  readonly url: string;
  readonly node: string;
  /** Of the broker, as in semantic versioning. */
  readonly version: string;
  /** First part of all subjects; `media` by default. */
  readonly prefix?: string;
  /** How long disposing waits for requests in flight before it aborts them; 30,000 by default. */
  readonly drainMs?: number;
}

/** How a NatsTransport stands, for readiness and metrics. */
export interface NatsHealth {
  readonly state: NatsState;
  readonly reconnects: number;
  readonly eventsDropped: number;
}

/** The parts of a message that matter here; the services framework has its own class for it. */
interface Delivery extends Answerable {
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

const mostInFlight = 10_000;

/** All nodes are in it; each command that names no node goes to one of them. */
const queueGroup = 'bifrons';

/** How long `listen` waits for a first connection; afterwards the broker runs on, not ready, until NATS is there. */
const firstConnectionMs = 2000;

/** How long the server may take to confirm that we subscribe, or no longer do. */
const subscribeMs = 2000;

const caller = loneCaller('nats');

/** Commands as NATS requests, events as subjects, and a heartbeat; announced as the micro service `bifrons`. */
export class NatsTransport implements Transport {
  readonly name = 'nats';
  readonly #parts: NatsTransportParts;
  readonly #options: NatsTransportOptions;
  readonly #prefix: string;
  readonly #link: NatsLink;
  readonly #inFlight: InFlight;
  readonly #outlet = new EventOutlet();
  #connection: NatsConnection | undefined;
  #service: Service | undefined;
  #ownSubject: Subscription | undefined;
  #heartbeat: Disposable | undefined;
  #hasFailed = false;
  #disposal: Promise<void> | undefined;

  /** Throws Error if the URL is bad. */
  constructor(parts: NatsTransportParts, options: NatsTransportOptions) {
    const { clock, log, random } = parts;
    this.#parts = parts;
    this.#options = options;
    this.#prefix = options.prefix ?? 'media';
    const onChange = (change: LinkChange): void => this.#change(change);
    this.#link = new NatsLink({ clock, log, random, onChange }, options);
    this.#inFlight = new InFlight(mostInFlight, (err) => log.error({ err }, 'a NATS request failed'));
  }

  /** How it stands now. */
  get health(): NatsHealth {
    const { state, reconnects } = this.#link;
    return { state, reconnects, eventsDropped: this.#outlet.dropped };
  }

  /** Resolves when connected, or after 2 s without a server: it goes on trying. Rejects if that is of no use. */
  async listen(serve: Serve): Promise<void> {
    const started = this.#start(serve);
    if (await waitAtMost(this.#parts.clock, firstConnectionMs, started)) {
      await started;
      return;
    }
    this.#parts.log.warn({}, 'no NATS server answers yet, going on trying');
    started.catch((cause: unknown) => this.#fail(cause));
  }

  /** Publishes an event on its subject. Never throws, never waits; what cannot be sent is counted. */
  publishEvent(event: EventEnvelope): void {
    const subject = eventSubject(this.#prefix, event);
    const { type, obj_id } = event;
    if (subject === undefined) {
      this.#parts.log.warn({ type, obj_id }, 'an event has no subject');
      return;
    }
    try {
      this.#outlet.publish(subject, JSON.stringify(event));
    } catch (err) {
      this.#parts.log.warn({ err, type, obj_id }, 'an event cannot be published');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#drain();
    return this.#disposal;
  }

  async #start(serve: Serve): Promise<void> {
    const connection = await this.#link.open();
    this.#connection = connection;
    const subject = `${this.#prefix}.node.${this.#options.node}.cmd`;
    const callback = (fault: NatsError | null, message: Delivery): void => {
      if (fault === null) this.#take(serve, message);
      else this.#fail(fault);
    };
    this.#ownSubject = connection.subscribe(subject, { callback });
    await this.#announce(connection, serve);
    // Should the connection break now, the package subscribes again on the next.
    await waitAtMost(this.#parts.clock, subscribeMs, connection.flush());
    if (this.#disposal !== undefined) return;
    this.#heartbeat = new Heartbeat(this.#parts.clock, () => this.#beat(connection));
  }

  async #announce(connection: NatsConnection, serve: Serve): Promise<void> {
    const { node, version } = this.#options;
    const about = { name: 'bifrons', version, description: 'Media-session broker', metadata: { node } };
    const service = await connection.services.add({ ...about, queue: queueGroup });
    const subject = `${this.#prefix}.cmd`;
    service.addEndpoint('cmd', { subject, handler: (_fault, message) => this.#take(serve, message) });
    service.addEndpoint('commands', {
      subject: `${subject}.>`,
      handler: (_fault, message) => this.#take(serve, message, message.subject.slice(subject.length + 1)),
    });
    this.#service = service;
    void service.stopped.then((cause) => this.#fail(cause));
  }

  #beat(connection: NatsConnection): void {
    if (this.#link.state !== 'connected') return;
    const { node, version } = this.#options;
    const reading = { node, version, ...this.#parts.readNode() };
    connection.publish(`${this.#prefix}.node.${node}.heartbeat`, JSON.stringify(reading));
  }

  #change(change: LinkChange): void {
    switch (change.type) {
      case 'up':
        void this.#attach();
        break;
      case 'down':
        this.#outlet.attach(undefined);
        break;
      case 'lost':
        this.#fail(change.cause);
        break;
      default:
        unreachable(change);
    }
  }

  async #attach(): Promise<void> {
    const connection = this.#connection ?? (await this.#link.open());
    this.#outlet.attach({
      publish: (subject, payload) => connection.publish(subject, payload),
      flush: () => connection.flush(),
    });
  }

  #fail(cause: unknown): void {
    if (this.#disposal !== undefined || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parts.onClosed(cause instanceof Error ? cause : undefined);
  }

  /** Answers one request; `tail` is what its subject says about the command. */
  #take(serve: Serve, message: Delivery, tail?: string): void {
    // On its way when we told the server that we take no more.
    if (this.#disposal !== undefined) return this.#answer(message, refusal('draining'));
    const { turns } = this.#parts;
    if (turns.isFull) return this.#answer(message, refusal('busy'));
    const started = this.#inFlight.start(async (request) => {
      const turn = turns.take(message.data.length);
      if (turn !== undefined) await turn;
      this.#answer(message, await replyTo(serve, message, request, tail));
    });
    if (!started) this.#answer(message, refusal('busy'));
  }

  /** A request without a reply subject was carried out all the same. Never throws. */
  #answer(message: Delivery, reply: Reply): void {
    sendReply(message, reply, this.#connection?.info?.max_payload, this.#parts.log);
  }

  async #drain(): Promise<void> {
    const { clock } = this.#parts;
    this.#heartbeat?.[Symbol.dispose]();
    if (this.#link.state === 'connected') {
      const silence = Promise.all([this.#service?.stop(), this.#ownSubject?.drain()]);
      await waitAtMost(clock, subscribeMs, silence);
    }
    await this.#inFlight.drain(clock, this.#options.drainMs ?? 30_000);
    this.#outlet.attach(undefined);
    await this.#link[Symbol.asyncDispose]();
  }
}

async function replyTo(
  serve: Serve,
  { data, headers }: Delivery,
  request: SignalSource,
  tail: string | undefined,
): Promise<Reply> {
  const decoded = decodeFor(data, tail);
  if (!decoded.isJson) return decoded.reply;
  const completed = tail === undefined ? decoded : completeBySubject(tail, decoded.body);
  if ('result' in completed) return completed;
  const marks = requestMarks((name) => headers?.get(name, Match.IgnoreCase));
  return await serve(new AskedRequest(completed.body, caller, request, marks));
}

/** Where the subject states the command, an empty message is an envelope with nothing to add. */
function decodeFor(data: Uint8Array, tail: string | undefined): ReturnType<typeof decode> {
  return tail !== undefined && data.length === 0 ? { isJson: true, body: {} } : decode(data);
}
