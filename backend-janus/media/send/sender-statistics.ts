import type { SenderState } from '../rtcp/write-reports.ts';

/** Counts what we send under one SSRC, for sender reports (RFC 3550 section 6.4.1). */
export class SenderStatistics {
  readonly #ssrc: number;
  readonly #unitsPerMs: number;
  #packets = 0;
  #octets = 0;
  #timestamp = 0;
  #wallTimeMs = 0;
  #isTied = false;

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

  /** Counts a packet; `timestamp` belongs to the time it is sent at. */
  sent(timestamp: number, payloadBytes: number, wallTimeMs: number): void {
    this.#packets += 1;
    this.#octets += payloadBytes;
    if (this.#isTied) return;
    // A late packet or a retransmission does not say what time it is now.
    if (this.#packets > 1 && ((timestamp - this.#timestamp) | 0) <= 0) return;
    this.#timestamp = timestamp;
    this.#wallTimeMs = wallTimeMs;
  }

  /** From now on `timestamp` belongs to `wallTimeMs`, whenever packets are sent. */
  tie(timestamp: number, wallTimeMs: number): void {
    this.#isTied = true;
    this.#timestamp = timestamp;
    this.#wallTimeMs = wallTimeMs;
  }

  /** What a sender report says at `wallTimeMs`; undefined before the first packet. */
  report(wallTimeMs: number): SenderState | undefined {
    if (this.#packets === 0) return undefined;
    const elapsed = Math.round((wallTimeMs - this.#wallTimeMs) * this.#unitsPerMs);
    return {
      ssrc: this.#ssrc,
      wallTimeMs,
      rtpTimestamp: (this.#timestamp + elapsed) >>> 0,
      packets: this.#packets,
      octets: this.#octets,
    };
  }
}
