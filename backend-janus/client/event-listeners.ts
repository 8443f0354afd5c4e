import type { JanusEvent } from '#janus/protocol';
import { Table } from '#services/kernel';

type Listener = (event: JanusEvent) => void;

/** Who listens to which Janus session. */
export class EventListeners {
  readonly #bySession = new Table<number, Set<Listener>>();
  readonly #fault: (cause: unknown) => void;

  /** `fault` is told what a listener throws; the others are told their event all the same. */
  constructor(fault: (cause: unknown) => void) {
    this.#fault = fault;
  }

  /** How many Janus sessions have a listener; zero when nothing leaks. */
  get size(): number {
    return this.#bySession.size;
  }

  add(sessionId: number, listener: Listener): Disposable {
    const entry: Listener = (event) => listener(event);
    const listeners = this.#bySession.get(sessionId) ?? new Set();
    this.#bySession.set(sessionId, listeners.add(entry));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(entry);
        const isLast = listeners.size === 0 && this.#bySession.get(sessionId) === listeners;
        if (isLast) this.#bySession.delete(sessionId);
      },
    };
  }

  tell(sessionId: number, event: JanusEvent): void {
    for (const listener of this.#bySession.get(sessionId) ?? []) {
      try {
        listener(event);
      } catch (cause) {
        this.#fault(cause);
      }
    }
  }

  clear(): void {
    this.#bySession.clear();
  }
}
