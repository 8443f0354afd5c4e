import { MediaError } from '#schemas';
import { unreachable, type Machine } from '#services/kernel';
import type { JanusEvent, JanusReply, JanusRequest } from '#janus/protocol';
import { pluginRefusal, type Incoming } from './incoming.ts';

/** Everything that can happen between us and one Janus. Whoever makes the requests numbers them, never twice alike. */
export type TransactionInput =
  | { readonly type: 'request'; readonly request: number; readonly message: JanusRequest }
  /** Nobody waits for the reply any more; who says so settles the request. */
  | { readonly type: 'abandon'; readonly request: number }
  | { readonly type: 'received'; readonly incoming: Incoming };

/** Everything the transactions want done, in this order. */
export type TransactionOutput =
  | { readonly type: 'send'; readonly message: object }
  | { readonly type: 'settle'; readonly request: number; readonly result: JanusReply | Error }
  | { readonly type: 'event'; readonly sessionId: number; readonly event: JanusEvent };

/** Limits of the transactions of one connection. */
export interface TransactionLimits {
  /** Requests under way at most; one more is refused as `busy`. */
  readonly inFlight: number;
  /** How long Janus may be silent about a request; an `ack` starts it again. */
  readonly patienceMs: number;
}

/** Far more than the legs of one engine ask at once; NkMEDIA's 30 s of patience. */
export const usualLimits: TransactionLimits = { inFlight: 4096, patienceMs: 30_000 };

interface Pending {
  readonly verb: JanusRequest['janus'];
  /** Undefined once nobody waits for the reply. */
  readonly request: number | undefined;
  readonly deadline: number;
}

/**
 * Finds the final reply of each request: the rule "ack now, answer later".
 *
 * A `message` is answered by the event with its transaction, which may overtake the `ack`; `trickle` and `keepalive`
 * by the `ack`. An event with a transaction that is not waited for is an event like any other, as some plugins
 * repeat an old one. A session whose maker has left in the meantime is destroyed as soon as its id is known.
 */
export class Transactions implements Machine<TransactionInput, TransactionOutput> {
  readonly #limits: TransactionLimits;
  /** In the order of their deadlines, since all have the same patience. */
  readonly #pending = new Map<string, Pending>();

  constructor(limits: TransactionLimits = usualLimits) {
    this.#limits = limits;
  }

  /** Requests whose reply is outstanding. */
  get inFlight(): number {
    return this.#pending.size;
  }

  get deadline(): number | undefined {
    for (const { deadline } of this.#pending.values()) return deadline;
    return undefined;
  }

  tick(now: number): TransactionOutput[] {
    const late = [...this.#pending].filter(([, { deadline }]) => deadline <= now);
    return late.flatMap(([transaction, { verb, request }]) => {
      this.#pending.delete(transaction);
      if (request === undefined) return [];
      if (verb === 'create') this.#wait(transaction, verb, undefined, now);
      return [{ type: 'settle', request, result: new MediaError('timeout') }];
    });
  }

  handle(input: TransactionInput, now: number): TransactionOutput[] {
    switch (input.type) {
      case 'request':
        return this.#request(input.request, input.message, now);
      case 'abandon':
        return this.#abandon(String(input.request));
      case 'received':
        return this.#received(input.incoming, now);
      default:
        return unreachable(input);
    }
  }

  #request(request: number, message: JanusRequest, now: number): TransactionOutput[] {
    if (this.#pending.size >= this.#limits.inFlight)
      return [{ type: 'settle', request, result: new MediaError('busy') }];
    const transaction = String(request);
    this.#wait(transaction, message.janus, request, now);
    return [{ type: 'send', message: { ...message, transaction } }];
  }

  #wait(transaction: string, verb: Pending['verb'], request: number | undefined, now: number): void {
    this.#pending.delete(transaction);
    this.#pending.set(transaction, { verb, request, deadline: now + this.#limits.patienceMs });
  }

  #abandon(transaction: string): TransactionOutput[] {
    const pending = this.#pending.get(transaction);
    if (pending?.verb === 'create') this.#pending.set(transaction, { ...pending, request: undefined });
    else this.#pending.delete(transaction);
    return [];
  }

  #received({ transaction, sessionId, content }: Incoming, now: number): TransactionOutput[] {
    const pending = transaction === undefined ? undefined : this.#pending.get(transaction);
    if (transaction === undefined || pending === undefined)
      return content.type === 'event' ? toldTo(sessionId, content.event) : [];
    switch (content.type) {
      case 'ack':
        if (pending.verb !== 'message') return this.#settle(transaction, pending, { janus: 'ack' });
        this.#wait(transaction, pending.verb, pending.request, now);
        return [];
      case 'reply':
        return this.#settle(transaction, pending, content.reply);
      case 'event':
        return content.event.janus === 'event'
          ? this.#settle(transaction, pending, pluginRefusal(content.event.plugindata) ?? content.event)
          : toldTo(sessionId, content.event);
      default:
        return unreachable(content);
    }
  }

  #settle(transaction: string, { verb, request }: Pending, result: JanusReply | Error): TransactionOutput[] {
    this.#pending.delete(transaction);
    if (request !== undefined) return [{ type: 'settle', request, result }];
    const orphan = verb === 'create' ? idOf(result) : undefined;
    return orphan === undefined ? [] : [destroy(orphan)];
  }
}

/** The id that a `create` or an `attach` was answered with. */
export function idOf(reply: JanusReply | Error): number | undefined {
  if (reply instanceof Error || reply.janus !== 'success' || reply.data === undefined) return undefined;
  return 'id' in reply.data && typeof reply.data.id === 'number' ? reply.data.id : undefined;
}

/** Its reply is not waited for. */
function destroy(sessionId: number): TransactionOutput {
  const message = { janus: 'destroy', session_id: sessionId, transaction: `orphan ${sessionId}` };
  return { type: 'send', message };
}

function toldTo(sessionId: number | undefined, event: JanusEvent): TransactionOutput[] {
  return sessionId === undefined ? [] : [{ type: 'event', sessionId, event }];
}
