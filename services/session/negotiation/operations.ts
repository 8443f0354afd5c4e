import type { Answer, Offer } from '#schemas';
import type { TypeChange } from '../media/type-change.ts';
import type { Asker, BackendRequest, RequestNumber, SessionOutput } from '../messages.ts';
import type { MediaUpdate } from '../ports.ts';

/** What the backend is working on, and who waits for it; nobody does after an early reply. */
export type Pending =
  | { readonly type: 'open'; readonly request?: undefined }
  | { readonly type: 'accept'; readonly answer: Answer; readonly asker: Asker; readonly request?: undefined }
  | { readonly type: 'renegotiate'; readonly offer: Offer; readonly request: RequestNumber }
  | { readonly type: 'update'; readonly media: MediaUpdate; readonly request: RequestNumber }
  /** What was kept until the bridge formed; refused, it is taken back. */
  | { readonly type: 'apply'; readonly undo: MediaUpdate; readonly request?: undefined }
  | { readonly type: 'set_type'; readonly change: TypeChange; readonly request: RequestNumber }
  | { readonly type: 'stats'; readonly request: RequestNumber };

/** Operations that were started on the backend, by their numbers, which count from 1. */
export class Operations {
  readonly #pending = new Map<number, Pending>();
  #started = 0;

  /** Those whose outcome matters. */
  get size(): number {
    return this.#pending.size;
  }

  get hasStarted(): boolean {
    return this.#started > 0;
  }

  isPending(type: Pending['type']): boolean {
    return [...this.#pending.values()].some((pending) => pending.type === type);
  }

  /** Starts one; without `pending` its outcome is dropped. */
  start(request: BackendRequest, pending?: Pending): SessionOutput {
    this.#started += 1;
    if (pending !== undefined) this.#pending.set(this.#started, pending);
    return { type: 'backend', operation: this.#started, request };
  }

  /** Takes one that is over; undefined if its outcome does not matter. */
  take(operation: number): Pending | undefined {
    const pending = this.#pending.get(operation);
    this.#pending.delete(operation);
    return pending;
  }

  /** Takes all of them; returns who waits. */
  takeAll(): RequestNumber[] {
    const askers = [...this.#pending.values()].map((pending) =>
      pending.type === 'accept' ? pending.asker : pending.request,
    );
    this.#pending.clear();
    return askers.filter((asker) => typeof asker === 'number');
  }
}
