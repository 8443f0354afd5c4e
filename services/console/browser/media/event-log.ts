import { append, byId, make } from '../dom.ts';
import type { MediaEvent } from '../wire.ts';

const mostEvents = 200;

/** The events that came, with their numbers. */
export class EventLog {
  readonly #list = byId('events', HTMLOListElement);
  readonly #expectsAll: boolean;
  readonly #events: MediaEvent[] = [];
  /** The last number per object. */
  readonly #lastSeq = new Map<string, number>();

  /** Of `all` events of each object it says where numbers are missing; of `some` they are meant to be. */
  constructor(expects: 'all' | 'some') {
    this.#expectsAll = expects === 'all';
  }

  /** The newest, oldest first. */
  get events(): readonly MediaEvent[] {
    return this.#events;
  }

  add(event: MediaEvent): void {
    this.#events.push(event);
    if (this.#events.length > mostEvents) this.#events.shift();
    const expected = (this.#lastSeq.get(event.obj_id) ?? 0) + 1;
    if (this.#expectsAll && event.seq > expected)
      this.#append(make('li', missing(expected, event.seq - 1), 'missing'));
    if (this.#expectsAll) this.#lastSeq.set(event.obj_id, event.seq);
    this.#append(entryOf(event));
  }

  /** For a new session. */
  clear(): void {
    this.#events.length = 0;
    this.#lastSeq.clear();
    this.#list.replaceChildren();
  }

  #append(entry: HTMLElement): void {
    append(this.#list, entry, mostEvents);
  }
}

function missing(first: number, last: number): string {
  return first === last ? `Event ${first} is missing` : `Events ${first} to ${last} are missing`;
}

function entryOf({ seq, time, subclass, type, body }: MediaEvent): HTMLElement {
  const entry = make('li');
  const at = make('time', new Date(time).toLocaleTimeString());
  const name = make('span', subclass === 'session' ? type : `${subclass} ${type}`, 'event-type');
  const text = make('code', JSON.stringify(body), 'event-body');
  entry.append(make('span', `#${seq}`, 'event-seq'), ' ', at, ' ', name, ' ', text);
  return entry;
}
