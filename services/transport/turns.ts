import { nextTurn, type Clock, type NextTurn } from '#services/kernel';

/** How long one turn of the event loop may serve requests, in milliseconds: media waits no longer than for that. */
const budgetMs = 4;

/** Bytes that may wait: twice as many as a thousand callers send whose offers are of the size of a browser's. */
const mostWaitingBytes = 32 * 1024 * 1024;

/** Something that arrived and is not served yet. */
interface Waiting {
  readonly bytes: number;
  readonly goOn: () => void;
}

/**
 * Spreads a burst of requests over turns of the event loop, so that timers and media come in between.
 *
 * What arrives is served at once until its turn has taken 4 ms; the rest waits for the turns that follow, in the order
 * in which it came. One request is never divided: its cost is bounded by its size.
 */
export class Turns implements Disposable {
  readonly #clock: Clock;
  readonly #nextTurn: NextTurn;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #startedAt: number | undefined;
  #isOver = false;

  constructor(clock: Clock, next: NextTurn = nextTurn) {
    this.#clock = clock;
    this.#nextTurn = next;
  }

  /** Whether so much waits that who cannot be held back has to be refused. */
  get isFull(): boolean {
    return this.#waitingBytes >= mostWaitingBytes;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Undefined if what arrived is to be served at once; else it waits, and is to be served as soon as this resolves. */
  take(bytes: number): Promise<void> | undefined {
    if (this.#isOver || (this.#waiting.length === 0 && this.#isWithinBudget())) return undefined;
    this.#waitingBytes += bytes;
    return new Promise((goOn) => this.#waiting.push({ bytes, goOn }));
  }

  /** Nobody waits any longer. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#waitingBytes = 0;
    for (const { goOn } of this.#waiting.splice(0)) goOn();
  }

  /** Begins a turn where none is. */
  #isWithinBudget(): boolean {
    const now = this.#clock.now();
    if (this.#startedAt !== undefined) return now - this.#startedAt < budgetMs;
    this.#startedAt = now;
    this.#nextTurn(() => {
      this.#startedAt = undefined;
      // Timers and I/O come first.
      if (this.#waiting.length > 0) this.#nextTurn(() => this.#serve());
    });
    return true;
  }

  #serve(): void {
    const first = this.#waiting[0];
    if (first === undefined || !this.#isWithinBudget()) return;
    first.goOn();
    // It goes on in a microtask; behind that one its cost is known, and nobody has overtaken it.
    queueMicrotask(() => {
      if (this.#isOver) return;
      this.#waiting.shift();
      this.#waitingBytes -= first.bytes;
      this.#serve();
    });
  }
}
