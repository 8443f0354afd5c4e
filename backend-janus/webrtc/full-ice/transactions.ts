import type { TransportAddress } from '#services/kernel';
import type { Carrier } from '../ice/entrance.ts';
import type { StunMessage } from '../ice/stun-message.ts';

/** A response that came for a request of ours; who sent it is not known yet. */
export interface StunResponse {
  readonly message: StunMessage;
  readonly bytes: Buffer;
  readonly by: Carrier;
  readonly from: TransportAddress;
}

/** False if the response does not count: it is from elsewhere, or not authentic. */
export type ResponseHandler = (response: StunResponse, now: number) => boolean;

/**
 * The requests of ours that wait for a response, by transaction id.
 *
 * Whoever opens one closes it; each of the port's users has a bounded number.
 */
export class Transactions {
  readonly #waiting = new Map<string, ResponseHandler>();

  get size(): number {
    return this.#waiting.size;
  }

  /** `id`: 12 bytes that nobody can guess. */
  open(id: Buffer, handler: ResponseHandler): void {
    this.#waiting.set(keyOf(id), handler);
  }

  close(id: Buffer): void {
    this.#waiting.delete(keyOf(id));
  }

  /** Hands a response to who waits for it: undefined if nobody does. */
  take(response: StunResponse, now: number): boolean | undefined {
    return this.#waiting.get(keyOf(response.message.transactionId))?.(response, now);
  }
}

function keyOf(id: Buffer): string {
  return id.toString('latin1');
}
