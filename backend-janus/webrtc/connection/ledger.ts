import type { Clock } from '#services/kernel';

type Resource = Disposable | AsyncDisposable;

/**
 * Everything that one connection holds and must give back, each under a name: its place on the port, its DTLS
 * association, its timers. What takes the name of another releases it.
 *
 * Disposing releases last in, first out, each one after the one before is done; it is idempotent, and throws an
 * AggregateError if something failed to close.
 */
export class Ledger implements AsyncDisposable {
  readonly #held = new Map<string, Resource>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #disposal: Promise<void> | undefined;

  /** What is held, or is being released. */
  get size(): number {
    return this.#held.size + this.#leaving.size;
  }

  /** Takes ownership of `resource` and returns it. Throws if everything was released already. */
  hold<Held extends Resource>(name: string, resource: Held): Held {
    if (this.#disposal !== undefined) throw new Error('the ledger is closed');
    const before = this.#held.get(name);
    this.#held.set(name, resource);
    if (before !== undefined && before !== resource) this.#leave(before);
    return resource;
  }

  /** Releases what has that name, if anything. */
  drop(name: string): void {
    const resource = this.#held.get(name);
    if (resource === undefined) return;
    this.#held.delete(name);
    this.#leave(resource);
  }

  /** Holds it no longer, and does not release it either. */
  forget(name: string): void {
    this.#held.delete(name);
  }

  /** Calls `fire` at `at` on the clock's scale, unless the name is dropped or taken before. */
  timer(name: string, clock: Clock, at: number, fire: () => void): void {
    const timer = clock.at(at, () => {
      if (this.#held.get(name) === timer) this.#held.delete(name);
      fire();
    });
    this.hold(name, timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#releaseAll();
    return this.#disposal;
  }

  #leave(resource: Resource): void {
    if (Symbol.dispose in resource) return this.#releaseNow(resource);
    const leaving = this.#release(resource).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  async #releaseAll(): Promise<void> {
    for (const [name, resource] of [...this.#held].toReversed()) {
      await this.#release(resource);
      this.#held.delete(name);
    }
    await Promise.all(this.#leaving);
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'some resources failed to close');
  }

  /** Begins at once, and never rejects. */
  async #release(resource: Resource): Promise<void> {
    try {
      if (Symbol.dispose in resource) resource[Symbol.dispose]();
      else await resource[Symbol.asyncDispose]();
    } catch (cause) {
      this.#failures.push(cause);
    }
  }

  #releaseNow(resource: Disposable): void {
    try {
      resource[Symbol.dispose]();
    } catch (cause) {
      this.#failures.push(cause);
    }
  }
}
