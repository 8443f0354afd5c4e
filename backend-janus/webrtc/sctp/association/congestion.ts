import { mostPayloadBytes } from './wire/packet-format.ts';

/** As browsers begin (RFC 6928 allows ten segments). */
const firstWindowBytes = 10 * mostPayloadBytes;
const leastThresholdBytes = 4 * mostPayloadBytes;

/** More than a peer's buffer takes, and what we are ready to hold for it. */
const mostWindowBytes = 1024 * 1024;

/** The congestion window (RFC 9260 section 7.2). */
export class CongestionWindow {
  #bytes = firstWindowBytes;
  #threshold = Infinity;
  /** Acknowledged since the window grew last. */
  #partial = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** `acknowledged` bytes arrived while the window was the limit. */
  grow(acknowledged: number): void {
    if (this.#bytes <= this.#threshold) this.#widen(Math.min(acknowledged, mostPayloadBytes));
    else {
      this.#partial += acknowledged;
      if (this.#partial < this.#bytes) return;
      this.#partial -= this.#bytes;
      this.#widen(mostPayloadBytes);
    }
  }

  /** The peer missed some, and got what was sent after it. */
  halve(): void {
    this.#threshold = Math.max(this.#bytes / 2, leastThresholdBytes);
    this.#bytes = this.#threshold;
    this.#partial = 0;
  }

  /** Nothing came back for a whole time-out. */
  collapse(): void {
    this.#threshold = Math.max(this.#bytes / 2, leastThresholdBytes);
    this.#bytes = mostPayloadBytes;
    this.#partial = 0;
  }

  #widen(bytes: number): void {
    this.#bytes = Math.min(this.#bytes + bytes, mostWindowBytes);
  }
}

/** As browsers have them for media paths; RFC 9260 section 16 suggests 1 s and more. */
const firstTimeoutMs = 500;
const leastTimeoutMs = 400;
const mostTimeoutMs = 10_000;

/** How long to wait for an acknowledgement (RFC 9260 section 6.3.1). */
export class RetransmissionTimeout {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #ms = firstTimeoutMs;

  get ms(): number {
    return this.#ms;
  }

  /** Takes a round trip of something that was sent once. */
  measured(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - roundTripMs);
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs;
    }
    const wanted = this.#smoothedMs + 4 * this.#variationMs;
    this.#ms = Math.min(Math.max(wanted, leastTimeoutMs), mostTimeoutMs);
  }

  /** It passed in vain. */
  backOff(): void {
    this.#ms = Math.min(2 * this.#ms, mostTimeoutMs);
  }
}
