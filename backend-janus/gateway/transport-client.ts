import { Roster } from '#services/kernel';
import type { TransportInstance } from './transport-instance.ts';

/** What belongs to a client and has to know when it goes. */
export interface ClientDependant {
  clientGone(): void;
}

/** What surrounds one client. */
export interface ClientSurroundings {
  /** As event handlers know it: the package of its transport and an id. */
  readonly transport: string;
  readonly id: string;
  deliver(message: object): void;
  receive(message: unknown, client: TransportClient): void;
  /** Told what `deliver` threw. */
  fault(cause: unknown): void;
}

/**
 * One client of the Janus API. What it is told waits until whatever caused it has returned, so that a client never
 * hears of something while it asks; what is told within one such turn is all that ever waits.
 */
export class TransportClient implements TransportInstance {
  readonly #surroundings: ClientSurroundings;
  readonly #dependants = new Roster<ClientDependant>();
  #outbox: object[] = [];
  #isGone = false;

  constructor(surroundings: ClientSurroundings) {
    this.#surroundings = surroundings;
  }

  /** As event handlers are told of it. */
  get description(): object {
    return { transport: this.#surroundings.transport, id: this.#surroundings.id };
  }

  receive(message: unknown): void {
    if (!this.#isGone) this.#surroundings.receive(message, this);
  }

  /** Tells the client something, later but in order; nothing once it is gone. */
  send(message: object): void {
    if (this.#isGone) return;
    if (this.#outbox.length === 0) queueMicrotask(() => this.#flush());
    this.#outbox.push(message);
  }

  /** Disposing the result ends the dependence. */
  adopt(dependant: ClientDependant): Disposable {
    return this.#dependants.add(dependant);
  }

  [Symbol.dispose](): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#outbox = [];
    for (const dependant of [...this.#dependants]) dependant.clientGone();
  }

  #flush(): void {
    const messages = this.#outbox;
    this.#outbox = [];
    for (const message of messages) {
      if (this.#isGone) return;
      try {
        this.#surroundings.deliver(message);
      } catch (cause) {
        this.#surroundings.fault(cause);
      }
    }
  }
}
