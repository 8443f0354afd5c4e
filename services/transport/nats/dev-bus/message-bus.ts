import type { Random } from '#services/kernel';
import type { Publication } from './operations.ts';
import { SubjectRouter, type Subscribed } from './subject-router.ts';

/** A message on its way. The payload begins with the headers, if there are any. */
export interface Message {
  readonly head: Publication;
  readonly payload: Buffer;
}

/** Whoever subscribes: a client. Messages arrive at once and in order. */
export interface Subscriber {
  /** It wants its own messages back. */
  readonly wantsEcho: boolean;
  deliver(sid: string, message: Message): void;
}

/** One subscription. It ends by itself once `max` messages were delivered. */
export interface Subscription extends Subscribed {
  readonly subscriber: Subscriber;
  readonly sid: string;
  max: number | undefined;
  delivered: number;
  /** Called when it ends by itself. */
  readonly onEnd: () => void;
}

/** Routes messages to subscriptions; of each queue group a random member gets one. Nothing is stored. */
export class MessageBus {
  readonly #random: Random;
  readonly #router = new SubjectRouter<Subscription>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Subscriptions held. */
  get size(): number {
    return this.#router.size;
  }

  subscribe(subscription: Subscription): void {
    this.#router.add(subscription);
  }

  unsubscribe(subscription: Subscription): void {
    this.#router.remove(subscription);
  }

  /** Ends a subscription after `max` messages in all, which may be now. */
  limit(subscription: Subscription, max: number): void {
    subscription.max = max;
    this.#endIfDone(subscription);
  }

  /** Delivers a message and returns to how many. */
  publish(message: Message, from: Subscriber): number {
    const groups = new Map<string, Subscription[]>();
    let delivered = 0;
    for (const subscription of this.#router.match(message.head.subject)) {
      const { queue, subscriber } = subscription;
      if (subscriber === from && !subscriber.wantsEcho) continue;
      if (queue === undefined) delivered += this.#deliver(subscription, message);
      else enlist(groups, queue, subscription);
    }
    for (const members of groups.values()) {
      const chosen = members[this.#random.uint32() % members.length];
      if (chosen !== undefined) delivered += this.#deliver(chosen, message);
    }
    return delivered;
  }

  /** Tells a client that its request reached nobody: status 503 in the headers, on its own reply subject. */
  reportNoResponders(subject: string, to: Subscriber): void {
    const payload = Buffer.from('NATS/1.0 503\r\n\r\n');
    const head = { subject, replyTo: undefined, headerBytes: payload.length };
    const own = this.#router.match(subject).find(({ subscriber }) => subscriber === to);
    if (own !== undefined) this.#deliver(own, { head, payload });
  }

  #deliver(subscription: Subscription, message: Message): number {
    subscription.delivered += 1;
    subscription.subscriber.deliver(subscription.sid, message);
    this.#endIfDone(subscription);
    return 1;
  }

  #endIfDone(subscription: Subscription): void {
    if (subscription.max === undefined || subscription.delivered < subscription.max) return;
    this.#router.remove(subscription);
    subscription.onEnd();
  }
}

function enlist(groups: Map<string, Subscription[]>, queue: string, member: Subscription): void {
  const members = groups.get(queue);
  if (members === undefined) groups.set(queue, [member]);
  else members.push(member);
}
