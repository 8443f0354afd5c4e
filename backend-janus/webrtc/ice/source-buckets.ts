import { TokenBucket, type Rate } from '#janus/media';

/**
 * One bucket per source, of a bounded number of sources.
 *
 * Two generations: when the young one is full it becomes the old one, whose sources start with a full bucket when they
 * come back. Who makes up sources can win that; the bucket for all of them together stands behind it.
 */
export class SourceBuckets {
  readonly #rate: Rate;
  readonly #mostSources: number;
  #young = new Map<string, TokenBucket>();
  #old = new Map<string, TokenBucket>();

  /** Remembers at least `mostSources` and at most twice as many. */
  constructor(rate: Rate, mostSources: number) {
    this.#rate = rate;
    this.#mostSources = mostSources;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  take(source: string, now: number): boolean {
    return this.#bucketOf(source).take(now);
  }

  #bucketOf(source: string): TokenBucket {
    const known = this.#young.get(source);
    if (known !== undefined) return known;
    const bucket = this.#old.get(source) ?? new TokenBucket(this.#rate);
    this.#old.delete(source);
    this.#young.set(source, bucket);
    if (this.#young.size >= this.#mostSources) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    return bucket;
  }
}

/**
 * What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 one, since every host has all addresses
 * behind those (RFC 4291 section 2.5.4).
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before, after] = address.split('::', 2).map((part) => (part === '' ? [] : part.split(':')));
  const head = before ?? [];
  const zeros = Array.from({ length: 8 - head.length - (after?.length ?? 0) }, () => '0');
  return [...head, ...zeros, ...(after ?? [])].slice(0, 4).join(':');
}
