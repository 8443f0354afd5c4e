import type { SessionId } from '#schemas';
import type { PeerEvent, SessionOutput } from '../messages.ts';

/** The sessions that one session is linked to: the master it follows, and those that follow it. */
export class Links {
  readonly #slaves = new Set<SessionId>();
  #master: SessionId | undefined;

  constructor(master: SessionId | undefined) {
    this.#master = master;
  }

  get master(): SessionId | undefined {
    return this.#master;
  }

  /** The one that came last. */
  get slave(): SessionId | undefined {
    return [...this.#slaves].at(-1);
  }

  addSlave(id: SessionId): void {
    this.#slaves.add(id);
  }

  forget(id: SessionId): void {
    this.#slaves.delete(id);
    if (this.#master === id) this.#master = undefined;
  }

  /** Tells all of them. */
  tell(event: PeerEvent): SessionOutput[] {
    const all = this.#master === undefined ? [...this.#slaves] : [this.#master, ...this.#slaves];
    return all.map((to) => ({ type: 'peer', to, event }));
  }
}
