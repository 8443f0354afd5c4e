import type { RequestNumber } from '../messages.ts';

/** Which description a request waits for. */
export type Wanted = 'offer' | 'answer';

/** Requests that wait for a description to become known. */
export class Waiters {
  readonly #waiting = new Map<RequestNumber, Wanted>();

  get size(): number {
    return this.#waiting.size;
  }

  add(request: RequestNumber, wanted: Wanted): void {
    this.#waiting.set(request, wanted);
  }

  /** Nobody wants this reply any more. */
  forget(request: RequestNumber): void {
    this.#waiting.delete(request);
  }

  /** Takes those that wait for `wanted`; for anything, if nothing is named. */
  take(wanted?: Wanted): RequestNumber[] {
    const taken = [...this.#waiting].filter(([, wants]) => wanted === undefined || wants === wanted);
    for (const [request] of taken) this.#waiting.delete(request);
    return taken.map(([request]) => request);
  }
}
