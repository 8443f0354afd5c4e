import { PacketCache } from '#janus/media';
import { lentBytes } from '#services/kernel';
import type { Outlet } from './outlet.ts';

/** As many as one NACK may list; half a second of a fast stream. */
const bounds = { packets: 512, mostBytes: 0x80000 };

/** One is enough for all streams: what is protected is stored at once. */
const protectedBytes = Buffer.alloc(lentBytes);

/**
 * The protected packets of a stream whose retransmissions have no SSRC of their own. A retransmission is the same bytes
 * again: to protect a packet twice under one number gives the keys away (RFC 7714 section 8.4), and SRTP refuses it.
 */
export class RepeatedPackets {
  readonly #outlet: Outlet;
  readonly #cache = new PacketCache(bounds);

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Sends the packet with that head again; false if it was not sent within the last second. */
  repeat(head: Buffer): boolean {
    const bytes = this.#cache.find(head.readUInt16BE(2));
    return bytes !== undefined && this.#outlet.repeat(bytes);
  }

  /** As `Outlet.send`, and keeps what was sent. */
  send(head: Buffer, headBytes: number, packet: Buffer, skip: number, now: number): boolean {
    const bytes = this.#outlet.protect(head, headBytes, packet, skip, protectedBytes);
    if (bytes <= 0) return false;
    const whole = protectedBytes.subarray(0, bytes);
    this.#cache.store(whole, head.readUInt16BE(2), now);
    return this.#outlet.repeat(whole);
  }
}
