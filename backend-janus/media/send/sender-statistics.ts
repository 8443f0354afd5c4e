import type { SenderState } from '../rtcp/write-reports.ts';

/** Counts what we send under one SSRC, for sender reports (RFC 3550 section 6.4.1). */
export class SenderStatistics {
  readonly #ssrc: number;
  #unitsPerMs: number;
  #packets = 0;
  #octets = 0;
  #timestamp = 0;
  #sentAt = 0;
  /** The wall-clock time that the timestamp belongs to; undefined while it is that of the packet sent at `#sentAt`. */
  #tiedTo: number | undefined;

  /** `clockRate` in Hz. */
  constructor(ssrc: number, clockRate: number) {
    this.#ssrc = ssrc;
    this.#unitsPerMs = clockRate / 1000;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Of payload, without headers and padding. */
  get octets(): number {
    return this.#octets;
  }

  /** In Hz. A later offer may choose another codec. */
  set clockRate(clockRate: number) {
    this.#unitsPerMs = clockRate / 1000;
  }

  /** Counts a packet; `timestamp` belongs to the time it is sent at, `now` on the clock's scale. */
  sent(timestamp: number, payloadBytes: number, now: number): void {
    this.#packets += 1;
    this.#octets += payloadBytes;
    if (this.#tiedTo !== undefined) return;
    // A late packet or a retransmission does not say what time it is now.
    if (this.#packets > 1 && ((timestamp - this.#timestamp) | 0) <= 0) return;
    this.#timestamp = timestamp;
    this.#sentAt = now;
  }

  /** From now on `timestamp` belongs to `wallTimeMs`, whenever packets are sent. */
  tie(timestamp: number, wallTimeMs: number): void {
    this.#timestamp = timestamp;
    this.#tiedTo = wallTimeMs;
  }

  /** What a sender report says at `now`, which is `wallTimeMs`; undefined before the first packet. */
  report(now: number, wallTimeMs: number): SenderState | undefined {
    if (this.#packets === 0) return undefined;
    const elapsedMs = this.#tiedTo === undefined ? now - this.#sentAt : wallTimeMs - this.#tiedTo;
    const elapsed = Math.round(elapsedMs * this.#unitsPerMs);
    return {
      ssrc: this.#ssrc,
      wallTimeMs,
      rtpTimestamp: (this.#timestamp + elapsed) >>> 0,
      packets: this.#packets,
      octets: this.#octets,
    };
  }
}
