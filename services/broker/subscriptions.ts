import { MediaError } from '#schemas';
import { Table } from '#services/kernel';
import type { EventObject, EventPublisher } from './event-publisher.ts';
import type { Caller, EventEnvelope } from './serve.ts';

/** Any value of a part of a pattern. */
export const any = '*';

/** Which events: each part is a word or `*`. */
export interface EventPattern {
  readonly class: string;
  readonly subclass: string;
  /** One of these; undefined is any. */
  readonly types: readonly string[] | undefined;
  readonly obj_id: string;
  readonly service?: string;
}

/** What one caller wants to hear. */
export interface Subscription extends EventPattern {
  /** Added to the body of each event if both are objects; the keys of the event win. */
  readonly body?: unknown;
}

/** Subscriptions of one caller; each session that it makes adds one. */
const mostPerCaller = 4096;

const subclasses: readonly EventEnvelope['subclass'][] = [
  ...(['session', 'room', 'call', 'recording'] as const),
  ...(['user_event', 'session_event'] as const),
];

/** One caller and what it is subscribed to. */
interface Listener {
  readonly caller: Caller;
  readonly presence: Disposable;
  /** By `obj_id`, `*` included. */
  readonly wanted: Table<string, Subscription[]>;
  count: number;
}

/**
 * Who hears which events. A caller hears each event once, however many of its subscriptions match; subscriptions end
 * with their caller, and those to one object with that object.
 */
export class Subscriptions implements Disposable {
  readonly #events: EventPublisher;
  readonly #onFailure: (cause: unknown) => void;
  readonly #source: Disposable;
  readonly #listeners = new Table<Caller['id'], Listener>();
  /** By `obj_id`, `*` included. */
  readonly #byObject = new Table<string, Set<Listener>>();

  constructor(events: EventPublisher, onFailure: (cause: unknown) => void) {
    this.#events = events;
    this.#onFailure = onFailure;
    this.#source = events.subscribe(
      (event, tenant) => this.#publish(event, tenant),
      (about) => this.#end(about),
    );
  }

  /** Callers that are subscribed to something. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Sends `caller` the events that match, and with `afterSeq` first those of its object that are kept, before this
   * returns. The same pattern again replaces the body. Throws MediaError `overload`.
   */
  add(caller: Caller, subscription: Subscription, afterSeq?: number): void {
    const listener = this.#listeners.get(caller.id) ?? this.#welcome(caller);
    this.#drop(listener, subscription);
    if (listener.count >= mostPerCaller) {
      const hint = `a caller may have ${mostPerCaller} subscriptions`;
      throw new MediaError('overload', undefined, { hint });
    }
    const { obj_id } = subscription;
    listener.wanted.set(obj_id, [...(listener.wanted.get(obj_id) ?? []), subscription]);
    listener.count += 1;
    this.#byObject.set(obj_id, (this.#byObject.get(obj_id) ?? new Set()).add(listener));
    if (afterSeq === undefined) return;
    for (const event of this.kept(caller, subscription, afterSeq)) this.#deliver(listener, event);
  }

  /** Ends the subscription with exactly this pattern, if there is one. */
  remove(caller: Caller, pattern: EventPattern): void {
    const listener = this.#listeners.get(caller.id);
    if (listener === undefined) return;
    this.#drop(listener, pattern);
    if (listener.count === 0) this.#forget(listener);
  }

  /** What a caller is subscribed to. */
  of(caller: Caller): readonly Subscription[] {
    return [...(this.#listeners.get(caller.id)?.wanted.values() ?? [])].flat();
  }

  /** The kept events of one object that `caller` may hear, that match and come after `afterSeq`, oldest first. */
  kept(caller: Caller, pattern: EventPattern, afterSeq: number): readonly EventEnvelope[] {
    const areas = pattern.class === any ? ['media', 'core'] : [pattern.class];
    const inside = pattern.subclass === any ? subclasses : [pattern.subclass];
    const all = areas.flatMap((area) =>
      inside.flatMap((subclass) =>
        this.#events.kept(area, subclass, pattern.obj_id, afterSeq, caller.principal?.tenant),
      ),
    );
    return all.filter((event) => matches(pattern, event));
  }

  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
    for (const listener of [...this.#listeners.values()]) this.#forget(listener);
  }

  #welcome(caller: Caller): Listener {
    const presence = caller.onGone(() => this.#forget(listener));
    const listener: Listener = { caller, presence, wanted: new Table(), count: 0 };
    this.#listeners.set(caller.id, listener);
    return listener;
  }

  #forget(listener: Listener): void {
    listener.presence[Symbol.dispose]();
    for (const objectId of listener.wanted.keys()) this.#leave(listener, objectId);
    if (this.#listeners.get(listener.caller.id) === listener) this.#listeners.delete(listener.caller.id);
  }

  #drop(listener: Listener, pattern: EventPattern): void {
    const before = listener.wanted.get(pattern.obj_id) ?? [];
    this.#keep(
      listener,
      pattern.obj_id,
      before.filter((other) => !isSame(other, pattern)),
    );
  }

  #keep(listener: Listener, objectId: string, left: Subscription[]): void {
    listener.count -= (listener.wanted.get(objectId)?.length ?? 0) - left.length;
    if (left.length > 0) return void listener.wanted.set(objectId, left);
    listener.wanted.delete(objectId);
    this.#leave(listener, objectId);
  }

  #leave(listener: Listener, objectId: string): void {
    const others = this.#byObject.get(objectId);
    others?.delete(listener);
    if (others?.size === 0) this.#byObject.delete(objectId);
  }

  #publish(event: EventEnvelope, tenant: string): void {
    const everything = this.#byObject.get(any) ?? [];
    const listeners = new Set([...everything, ...(this.#byObject.get(event.obj_id) ?? [])]);
    for (const listener of listeners) {
      if (listener.caller.principal?.tenant === tenant) this.#deliver(listener, event);
    }
  }

  #deliver({ caller, wanted }: Listener, event: EventEnvelope): void {
    const near = [...(wanted.get(any) ?? []), ...(wanted.get(event.obj_id) ?? [])];
    const matching = near.filter((subscription) => matches(subscription, event));
    if (matching.length === 0) return;
    try {
      caller.push(merged(event, matching));
    } catch (cause) {
      this.#onFailure(cause);
    }
  }

  #end(about: EventObject): void {
    for (const listener of [...(this.#byObject.get(about.obj_id) ?? [])]) {
      const left = listener.wanted.get(about.obj_id)?.filter((pattern) => !isWithin(pattern, about));
      this.#keep(listener, about.obj_id, left ?? []);
      if (listener.count === 0) this.#forget(listener);
    }
  }
}

function matches(pattern: EventPattern, event: EventEnvelope): boolean {
  const isNear = pattern.obj_id === any || pattern.obj_id === event.obj_id;
  return isNear && isWithin(pattern, event) && (pattern.types?.includes(event.type) ?? true);
}

function isWithin(pattern: EventPattern, about: EventObject): boolean {
  const hasClass = pattern.class === any || pattern.class === about.class;
  return hasClass && (pattern.subclass === any || pattern.subclass === about.subclass);
}

function isSame(one: EventPattern, other: EventPattern): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ class: area, subclass, types, obj_id, service }: EventPattern): string {
  return JSON.stringify([area, subclass, types ?? any, obj_id, service ?? any]);
}

/** The most specific body comes last, and the event's own keys after all of them. */
function merged(event: EventEnvelope, subscriptions: readonly Subscription[]): EventEnvelope {
  const bodies = subscriptions
    .toSorted((one, other) => specificity(one) - specificity(other))
    .map(({ body }) => body)
    .filter(isObject);
  if (bodies.length === 0) return event;
  const parts = [...bodies, event.body].flatMap((body) => Object.entries(body));
  return { ...event, body: Object.fromEntries(parts) };
}

function specificity({ class: area, subclass, types, obj_id }: Subscription): number {
  const named = [area, subclass, obj_id].filter((part) => part !== any).length;
  return types === undefined ? named : named + 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
