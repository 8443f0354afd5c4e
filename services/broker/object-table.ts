import { MediaError } from '#schemas';
import { Table } from '#services/kernel';
import type { Principal } from './serve.ts';

/** Something that runs under an id until it ends, by itself or because it was stopped. */
export interface RunningObject<Id extends string> {
  readonly id: Id;
  /** Begins the end. Idempotent. */
  stop(reason: 'draining'): void;
  /** Resolves when what it held is released. */
  readonly ended: Promise<unknown>;
}

/** An object, and whose it is. */
export interface OwnedObject<Id extends string> {
  readonly object: RunningObject<Id>;
  readonly principal: Principal;
}

/** How many objects there are: those that run, and those that are still being released. */
export interface ObjectCounts {
  readonly running: number;
  readonly releasing: number;
}

/** How many objects a table holds, and what they are called where it is full. */
export interface ObjectLimit {
  readonly most: number;
  readonly plural: 'sessions' | 'rooms';
}

/**
 * The objects of one kind that this process runs, by id. An id is taken until all that its object held is released.
 * Disposing takes no new ones, ends the others with `draining` and awaits their release.
 */
export class ObjectTable<Id extends string, Entry extends OwnedObject<Id>> implements AsyncDisposable {
  readonly #limit: ObjectLimit;
  readonly #running = new Table<Id, Entry>();
  /** Over, but still being released. */
  readonly #releasing = new Table<Id, Entry['object']>();
  #isClosed = false;
  /** Told when the last one that runs has ended. */
  #onEmpty: () => void = () => undefined;

  constructor(limit: ObjectLimit) {
    this.#limit = limit;
  }

  /** Throws MediaError `draining` or `overload` unless one more object may be made. */
  admit(): void {
    if (this.#isClosed) throw new MediaError('draining');
    const { most, plural } = this.#limit;
    if (this.#running.size + this.#releasing.size < most) return;
    throw new MediaError('overload', undefined, {
      hint: `at most ${most} ${plural} run here at the same time`,
    });
  }

  isTaken(id: Id): boolean {
    return this.#running.has(id) || this.#releasing.has(id);
  }

  add(entry: Entry): void {
    this.#running.set(entry.object.id, entry);
  }

  /** One that runs, whoever asks. */
  get(id: Id): Entry | undefined {
    return this.#running.get(id);
  }

  /** One that runs and belongs to the tenant of who asks. */
  find(id: Id, { tenant }: Principal): Entry | undefined {
    const entry = this.#running.get(id);
    return entry?.principal.tenant === tenant ? entry : undefined;
  }

  /** Those that run and belong to the tenant of who asks. */
  list({ tenant }: Principal): readonly Entry[] {
    return [...this.#running.values()].filter(({ principal }) => principal.tenant === tenant);
  }

  /** Of those that run. */
  get ids(): readonly Id[] {
    return [...this.#running.keys()];
  }

  /** An object is over: it is forgotten when it is released. */
  release(id: Id): void {
    const entry = this.#running.get(id);
    if (entry === undefined) return;
    const { object } = entry;
    this.#running.delete(id);
    this.#releasing.set(id, object);
    if (this.#running.size === 0) this.#onEmpty();
    void object.ended.then(() => this.#releasing.delete(id));
  }

  get counts(): ObjectCounts {
    return { running: this.#running.size, releasing: this.#releasing.size };
  }

  /** No new ones are taken any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes no new ones from now on; resolves when none runs any more, or with `signal`. */
  drain(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (this.#running.size === 0 || signal.aborted) resolve();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running.values()].map(({ object }) => object);
    const all = [...running, ...this.#releasing.values()];
    for (const object of running) object.stop('draining');
    await Promise.all(all.map(({ ended }) => ended));
  }
}
