import type { Tid } from '#schemas';
import { MediaError } from '#schemas';
import {
  Presence,
  type Caller,
  type EventEnvelope,
  type Principal,
  type Reply,
  type Serve,
} from '#services/broker';
import type { Clock, LazyAbort } from '#services/kernel';
import { AskedRequest } from '../asked-request.ts';
import { decode } from '../decode.ts';
import { InFlight } from '../in-flight.ts';
import { answering, encodeReply, refusal, tidOf } from '../replies.ts';
import { kindOf } from './message-kind.ts';
import { Questions } from './questions.ts';
import { closeCodes, type Wire } from './wire.ts';

/** What a Connection needs from others. */
export interface ConnectionParts {
  readonly clock: Clock;
  readonly wire: Wire;
  readonly serve: Serve;
  /** Told what should never happen. */
  onFailure(cause: unknown): void;
}

/** From the first byte to a login, media-security.md section 4. */
const loginMs = 10_000;

/** NkMEDIA's clients give up after 5 s without a reply or an acknowledgement, and 180 s after the latter. */
const firstAckMs = 1000;
const nextAckMs = 60_000;

/** Silence of two periods ends a connection at the next one: after 45 s at most. */
const pingPeriodMs = 15_000;
const mostSilenceMs = 2 * pingPeriodMs;

/** Messages in a row that are no requests before we take it that the peer speaks something else. */
const mostGarbage = 10;

const mostInFlight = 1000;

/** Bytes that may wait for a peer that does not read; a single message may be larger. */
const mostQueuedBytes = 1024 * 1024;

/** One client of the command WebSocket: requests both ways, many at a time, and events to it. */
export class Connection implements Caller, Disposable {
  readonly id: string;
  readonly takesEvents = true;
  readonly onGone: Caller['onGone'];
  readonly #parts: ConnectionParts;
  readonly #presence = new Presence();
  readonly #questions = new Questions();
  readonly #inFlight: InFlight;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #principal: Principal | undefined;
  #lastTid = 0;
  #garbage = 0;
  #heardAt: number;
  #loginTimer: Disposable;
  #pingTimer: Disposable;

  constructor(parts: ConnectionParts, id: string) {
    const { clock } = parts;
    this.id = id;
    this.#parts = parts;
    this.onGone = this.#presence.onGone;
    this.#inFlight = new InFlight(mostInFlight, (cause) => parts.onFailure(cause));
    this.#heardAt = clock.now();
    this.#loginTimer = clock.at(clock.now() + loginMs, () =>
      this.#close(closeCodes.policy, 'no login within 10 s'),
    );
    this.#pingTimer = this.#nextPing();
  }

  get principal(): Principal | undefined {
    return this.#principal;
  }

  logIn(principal: Principal): void {
    if (this.#principal !== undefined) throw new MediaError('already_authenticated');
    this.#principal = principal;
    this.#loginTimer[Symbol.dispose]();
  }

  push(event: EventEnvelope): void {
    this.#send(JSON.stringify({ class: 'core', cmd: 'event', tid: this.#nextTid(), data: event }));
  }

  ask(command: string, data: object, signal: AbortSignal): Promise<Reply> {
    const tid = this.#nextTid();
    const request = { ...nameParts(command), data, tid };
    return this.#questions.ask(tid, signal, () => this.#send(JSON.stringify(request)));
  }

  /** Anything came from the peer, be it a pong. */
  heard(): void {
    this.#heardAt = this.#parts.clock.now();
  }

  /** Takes one message. */
  receive(bytes: Uint8Array): void {
    this.heard();
    if (this.#state === 'closed') return;
    const decoded = decode(bytes);
    const message = decoded.isJson ? kindOf(decoded.body) : undefined;
    this.#garbage = message === undefined || message.kind === 'garbage' ? this.#garbage + 1 : 0;
    if (this.#garbage >= mostGarbage) this.#close(closeCodes.policy, 'no requests in 10 messages');
    else if (!decoded.isJson) this.#sendReply(decoded.reply);
    else if (message?.kind === 'answer') this.#questions.settle(message.fields);
    else if (message?.kind !== 'ack') this.#take(decoded.body);
  }

  /** Waits until requests in flight are answered, refuses others, then closes. */
  async drain(patienceMs: number): Promise<void> {
    if (this.#state === 'open') this.#state = 'draining';
    await this.#inFlight.drain(this.#parts.clock, patienceMs);
    this.#close(closeCodes.goingAway, 'draining');
  }

  /** The socket is closed. */
  [Symbol.dispose](): void {
    this.#state = 'closed';
    this.#loginTimer[Symbol.dispose]();
    this.#pingTimer[Symbol.dispose]();
    this.#inFlight.abort(new MediaError('registered_down'));
    this.#questions.end();
    this.#presence.leave();
  }

  #take(body: unknown): void {
    if (this.#state === 'draining') return this.#sendReply(answering(body, refusal('draining')));
    const started = this.#inFlight.start((request) => this.#answer(body, request));
    if (!started) this.#sendReply(answering(body, refusal('busy')));
  }

  async #answer(body: unknown, request: LazyAbort): Promise<void> {
    const tid = tidOf(body);
    const acks = tid === undefined ? undefined : this.#acknowledge(tid, firstAckMs);
    request.onAbort = () => acks?.[Symbol.dispose]();
    try {
      this.#sendReply(await this.#parts.serve(new AskedRequest(body, this, request)));
    } finally {
      acks?.[Symbol.dispose]();
    }
  }

  /** Says that a reply will follow, at first after `ms`, until disposed. */
  #acknowledge(tid: Tid, ms: number): Disposable {
    const { clock } = this.#parts;
    const again = (after: number): Disposable =>
      clock.at(clock.now() + after, () => {
        timer = again(nextAckMs);
        this.#send(JSON.stringify({ ack: tid }));
      });
    let timer = again(ms);
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #nextPing(): Disposable {
    const { clock, wire } = this.#parts;
    return clock.at(clock.now() + pingPeriodMs, () => {
      if (clock.now() - this.#heardAt >= mostSilenceMs) {
        this[Symbol.dispose]();
        wire.terminate();
        return;
      }
      wire.ping();
      this.#pingTimer = this.#nextPing();
    });
  }

  #nextTid(): number {
    this.#lastTid += 1;
    return this.#lastTid;
  }

  #sendReply(reply: Reply): void {
    this.#send(encodeReply(reply));
  }

  #send(text: string): void {
    if (this.#state === 'closed') return;
    const { wire } = this.#parts;
    const waiting = wire.queuedBytes;
    if (waiting > 0 && waiting + Buffer.byteLength(text) > mostQueuedBytes) {
      this.#close(closeCodes.tryAgainLater, 'reads too slowly');
    } else wire.send(text);
  }

  #close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this[Symbol.dispose]();
    this.#parts.wire.close(code, reason);
  }
}

/** From `call.invite` or `core.user.login` to the fields of an envelope. */
function nameParts(command: string): {
  readonly class: string;
  readonly subclass: string;
  readonly cmd: string;
} {
  const [first = '', second = '', third] = command.split('.');
  if (third !== undefined) return { class: first, subclass: second, cmd: third };
  return { class: 'media', subclass: first, cmd: second };
}
