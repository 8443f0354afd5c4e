/** Bounds of a PacketCache. */
export interface PacketCacheOptions {
  /** A power of two. */
  readonly packets: number;
  /** Memory at most; a power of two times `firstBytes`. */
  readonly mostBytes: number;
}

/** Memory at first; it doubles while a fast stream overwrites packets younger than `longestAgeMs`. */
const firstBytes = 0x4000;

/** Nobody plays what is older (janus-api §8: retransmit buffers of up to 1 s). */
const longestAgeMs = 1000;

/** The same number within that time is the same packet; later it may be that of the next cycle. */
const duplicateMs = 10_000;

/** A larger packet is not kept; none that came in one datagram is. */
const mostPacketBytes = 2048;

/** The size that says that a slot holds nothing. */
const empty = 0;

/**
 * The recent packets of one source, copied into a ring of bytes that is allocated with the first packet.
 *
 * A place in the ring is the count of bytes ever written, so a packet is intact as long as less than the ring's size
 * was written after it. `find` spares the oldest eighth: what it returns may wait for a `flush`, while a burst
 * overwrites the ring.
 */
export class PacketCache {
  readonly #options: PacketCacheOptions;
  readonly #mask: number;
  readonly #numbers: Uint16Array;
  readonly #sizes: Uint16Array;
  readonly #places: Float64Array;
  readonly #times: Float64Array;
  #ring: Buffer = Buffer.alloc(0);
  #written = 0;
  #newest = 0;
  #lapStartedAt = -Infinity;

  constructor(options: PacketCacheOptions) {
    this.#options = options;
    this.#mask = options.packets - 1;
    this.#numbers = new Uint16Array(options.packets);
    this.#sizes = new Uint16Array(options.packets);
    this.#places = new Float64Array(options.packets);
    this.#times = new Float64Array(options.packets);
  }

  /** Bytes of memory that packets take at present. */
  get capacity(): number {
    return this.#ring.length;
  }

  /** Copies `packet`; false if it is a duplicate of one that is or was here. */
  store(packet: Buffer, sequenceNumber: number, now: number): boolean {
    const slot = sequenceNumber & this.#mask;
    if (this.#holds(slot, sequenceNumber) && now - (this.#times[slot] ?? 0) < duplicateMs) return false;
    if (packet.length > mostPacketBytes) return true;
    const place = this.#makeRoom(packet.length, now);
    packet.copy(this.#ring, place % this.#ring.length);
    this.#written = place + packet.length;
    this.#numbers[slot] = sequenceNumber;
    this.#sizes[slot] = packet.length;
    this.#places[slot] = place;
    this.#times[slot] = now;
    this.#newest = now;
    return true;
  }

  /** The packet as a view, valid until the next `flush`; undefined once it is too old. */
  find(sequenceNumber: number): Buffer | undefined {
    const slot = this.#slotOf(sequenceNumber);
    if (slot < 0) return undefined;
    const start = (this.#places[slot] ?? 0) % this.#ring.length;
    return this.#ring.subarray(start, start + (this.#sizes[slot] ?? 0));
  }

  /** When that packet arrived; 0 if it is not here. */
  arrivalOf(sequenceNumber: number): number {
    const slot = this.#slotOf(sequenceNumber);
    return slot < 0 ? 0 : (this.#times[slot] ?? 0);
  }

  /** Forgets all packets. */
  clear(): void {
    this.#sizes.fill(empty);
  }

  /** Forgets all packets and gives their memory back. */
  release(): void {
    this.clear();
    this.#ring = Buffer.alloc(0);
    this.#written = 0;
    this.#lapStartedAt = -Infinity;
  }

  /** Where the next packet goes; packets do not straddle the end of the ring. */
  #makeRoom(bytes: number, now: number): number {
    if (this.#ring.length === 0) this.#ring = Buffer.allocUnsafeSlow(firstBytes);
    const offset = this.#written % this.#ring.length;
    if (offset > 0 && offset + bytes <= this.#ring.length) return this.#written;
    const boundary = this.#written - offset + (offset > 0 ? this.#ring.length : 0);
    if (now - this.#lapStartedAt < longestAgeMs && this.#ring.length < this.#options.mostBytes) {
      this.#grow(boundary);
    }
    this.#lapStartedAt = now;
    return boundary;
  }

  /** Doubles the ring at the end of a lap, so that all of the old one lies in one half of the new one. */
  #grow(boundary: number): void {
    const ring = Buffer.allocUnsafeSlow(2 * this.#ring.length);
    this.#ring.copy(ring, (boundary + this.#ring.length) % ring.length);
    this.#ring = ring;
  }

  /** The slot of an intact packet, -1 if there is none. */
  #slotOf(sequenceNumber: number): number {
    const slot = sequenceNumber & this.#mask;
    if (!this.#holds(slot, sequenceNumber)) return -1;
    const isRecent = this.#newest - (this.#times[slot] ?? 0) <= longestAgeMs;
    const overwritten = this.#written - (this.#places[slot] ?? 0);
    return isRecent && overwritten <= this.#ring.length - this.#ring.length / 8 ? slot : -1;
  }

  #holds(slot: number, sequenceNumber: number): boolean {
    return this.#numbers[slot] === sequenceNumber && this.#sizes[slot] !== empty;
  }
}
