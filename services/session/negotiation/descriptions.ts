import type { Answer, Negotiated, Offer } from '#schemas';
import type { RequestNumber, SessionOutput } from '../messages.ts';
import { reply } from '../outputs.ts';
import type { Gathering } from '../trickle/gathering.ts';
import { Waiters, type Wanted } from './waiters.ts';

type State =
  | { readonly name: 'wait'; readonly since: number; readonly offer?: Negotiated; readonly held?: Gathering }
  | {
      readonly name: 'ready';
      readonly since: number;
      readonly offer: Negotiated;
      readonly answer: Negotiated;
    }
  | { readonly name: 'ended' };

/** How far one session's negotiation is: its descriptions, and who waits for them. */
export class Descriptions {
  readonly #waiters = new Waiters();
  #state: State;

  /** `offer`: the client's, if it made one. */
  constructor(offer: Offer | undefined, now: number) {
    this.#state = { name: 'wait', since: now, ...(offer && { offer }) };
  }

  /** It waits for its answer, has it, or is over. */
  get stage(): State['name'] {
    return this.#state.name;
  }

  /** When this stage began; undefined once it is over. */
  get since(): number | undefined {
    return this.#state.name === 'ended' ? undefined : this.#state.since;
  }

  get offer(): Negotiated | undefined {
    return this.#state.name === 'ended' ? undefined : this.#state.offer;
  }

  get answer(): Negotiated | undefined {
    return this.#state.name === 'ready' ? this.#state.answer : undefined;
  }

  /** The description that is held until its candidates are inside. */
  get held(): Gathering | undefined {
    return this.#state.name === 'wait' ? this.#state.held : undefined;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Replies with a description, now or when it is known. */
  whenKnown(wanted: Wanted, request: RequestNumber): SessionOutput[] {
    const known = wanted === 'offer' ? this.offer : this.answer;
    if (known !== undefined) return [reply(request, known)];
    this.#waiters.add(request, wanted);
    return [];
  }

  /** Nobody wants this reply any more. */
  forget(request: RequestNumber): void {
    this.#waiters.forget(request);
  }

  /** Holds a description; an offer is not known meanwhile. */
  hold(held: Gathering): void {
    if (this.#state.name !== 'wait') return;
    const { since, offer } = this.#state;
    this.#state = { name: 'wait', since, ...(held.kind === 'answer' && offer && { offer }), held };
  }

  /** Nothing is held any more. */
  letGo(): void {
    if (this.#state.name !== 'wait') return;
    const { since, offer } = this.#state;
    this.#state = { name: 'wait', since, ...(offer && { offer }) };
  }

  /** The offer is known: answers who waits for it. */
  offered(offer: Negotiated): SessionOutput[] {
    if (this.#state.name !== 'wait') return [];
    this.#state = { name: 'wait', since: this.#state.since, offer };
    return this.#release('offer', offer);
  }

  /** The answer is known: answers who waits for it. Undefined if it is no time for an answer. */
  answered(answer: Answer, now: number): SessionOutput[] | undefined {
    if (this.#state.name !== 'wait' || this.#state.offer === undefined) return undefined;
    this.#state = { name: 'ready', since: now, offer: this.#state.offer, answer };
    return this.#release('answer', answer);
  }

  /** A second negotiation replaces both. */
  renewed(offer: Negotiated, answer: Negotiated): void {
    if (this.#state.name === 'ready') this.#state = { ...this.#state, offer, answer };
  }

  /** Takes no more; returns who waits. */
  end(): RequestNumber[] {
    this.#state = { name: 'ended' };
    return this.#waiters.take();
  }

  #release(wanted: Wanted, result: Negotiated): SessionOutput[] {
    return this.#waiters.take(wanted).map((request) => reply(request, result));
  }
}
