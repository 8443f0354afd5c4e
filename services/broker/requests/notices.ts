import type { Clock } from '#services/kernel';
import type { Caller } from '../serve.ts';
import type { Route } from './route.ts';

/** Tells a caller about its own requests: the `session_event`s of its API session. */
export class Notices {
  readonly #clock: Clock;
  readonly #node: string;
  readonly #told = new WeakMap<Caller, number>();

  constructor(clock: Clock, node: string) {
    this.#clock = clock;
    this.#node = node;
  }

  /** Says which fields of a command nobody knows; callers without events are not told. */
  unrecognized(caller: Caller, route: Route, fields: readonly string[]): void {
    if (fields.length === 0 || !caller.takesEvents) return;
    const seq = (this.#told.get(caller) ?? 0) + 1;
    this.#told.set(caller, seq);
    caller.push({
      class: 'core',
      subclass: 'session_event',
      type: 'unrecognized_fields',
      obj_id: caller.id,
      seq,
      time: this.#clock.wallTime(),
      node: this.#node,
      body: { ...route, fields },
    });
  }
}
