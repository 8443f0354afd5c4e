import { crc32 } from 'node:zlib';
import type { Origin } from '../entrance.ts';

/** Checks remembered: ten minutes of one pair whose consent is asked for (RFC 7675 section 5.1). A power of two. */
const capacity = 256;

/**
 * Which checks came from where: STUN proves who made a check and not who sends it, so whoever overheard one could send
 * it on from an address of his own, and be nominated there.
 *
 * Limits: transaction ids and addresses are kept as 32 bits each, those of the last 256 checks.
 */
export class SeenChecks {
  readonly #ids = new Uint32Array(capacity);
  readonly #origins = new Uint32Array(capacity);
  #count = 0;

  /** Notes an authentic check. False if the same one came from elsewhere. */
  take(transactionId: Buffer, { via, address, port }: Origin<unknown>): boolean {
    const id = transactionId.readUInt32BE(transactionId.length - 4);
    const origin = crc32(`${via.protocol} ${via.carrier.local.address} ${address} ${port}`);
    const at = this.#ids.subarray(0, Math.min(this.#count, capacity)).indexOf(id);
    if (at >= 0) return this.#origins[at] === origin;
    const next = this.#count % capacity;
    this.#ids[next] = id;
    this.#origins[next] = origin;
    this.#count += 1;
    return true;
  }
}
