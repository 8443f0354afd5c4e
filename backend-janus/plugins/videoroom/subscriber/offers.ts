import type { HandlePort } from '#janus/gateway';
import { NegotiationError, type OfferOptions } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import { refusal } from '../refusals.ts';
import type { Slots } from './slots.ts';

/** Offers to one subscriber: one at a time, and whatever changes meanwhile goes into the next. */
export class Offers {
  readonly #handle: HandlePort;
  readonly #slots: Slots;
  #state: 'none' | 'making' | 'waiting' = 'none';
  #isStale = false;
  #restartsIce = false;
  #hasBeenAnswered = false;

  constructor(handle: HandlePort, slots: Slots) {
    this.#handle = handle;
    this.#slots = slots;
  }

  /** An offer waits for its answer. */
  get isPending(): boolean {
    return this.#state !== 'none';
  }

  /** Something has changed since the last offer was made. */
  get isStale(): boolean {
    return this.#isStale;
  }

  get isRestartPending(): boolean {
    return this.#restartsIce;
  }

  get hasBeenAnswered(): boolean {
    return this.#hasBeenAnswered;
  }

  /** An offer of the m-lines as they are; undefined while another waits for its answer. Rejects with PluginError 437. */
  async make({ restartsIce = false }: OfferOptions = {}): Promise<Jsep | undefined> {
    this.#restartsIce ||= restartsIce;
    this.#isStale = true;
    if (this.#state !== 'none') return undefined;
    this.#state = 'making';
    this.#isStale = false;
    const options = { restartsIce: this.#restartsIce };
    this.#restartsIce = false;
    try {
      const plans = this.#slots.all.map((slot) => slot.plan());
      const jsep = await this.#handle.offer(plans, options);
      this.#state = 'waiting';
      return jsep;
    } catch (cause) {
      this.#state = 'none';
      throw asRefusal(cause);
    }
  }

  /** Takes the answer to the offer that waits. Rejects with PluginError 431 or 437. */
  async accept(answer: Jsep): Promise<void> {
    if (answer.type !== 'answer') throw refusal('invalidSdpType', `Unexpected SDP type '${answer.type}'`);
    try {
      await this.#handle.acceptAnswer(answer);
    } catch (cause) {
      throw asRefusal(cause);
    }
    this.#state = 'none';
    this.#hasBeenAnswered = true;
    for (const slot of this.#slots.all) slot.negotiated();
  }

  /** The connection is gone. */
  reset(): void {
    this.#state = 'none';
    this.#isStale = false;
    this.#restartsIce = false;
    this.#hasBeenAnswered = false;
  }
}

function asRefusal(cause: unknown): unknown {
  if (!(cause instanceof NegotiationError)) return cause;
  return refusal('invalidSdp', `Error processing SDP: ${cause.message}`, cause);
}
