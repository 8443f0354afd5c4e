import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import { BandwidthEstimate } from './bandwidth-estimate.ts';

/** Nobody chooses layers more often. */
const betweenTellingsMs = 200;

/** Receivers repeat what they ask for within a second or two; what an older message said holds no longer. */
const maximumForgottenMs = 5000;

/** What the way to a peer carries: what we estimate, and no more than what the peer asks for (REMB). */
export class PeerBandwidth {
  readonly estimate = new BandwidthEstimate();
  #maximum: { readonly bitsPerSecond: number; readonly askedAt: number } | undefined;
  #toldAt = -Infinity;
  #isNew = false;

  /** When `take` has something to tell; Infinity if nothing is new. */
  get deadline(): number {
    return this.#isNew ? this.#toldAt + betweenTellingsMs : Infinity;
  }

  heed(feedback: TransportFeedback, now: number): void {
    this.estimate.heed(feedback, now);
    this.#isNew = true;
  }

  /** The peer asks to be sent no more than that, all streams together. */
  limit(bitsPerSecond: number, now: number): void {
    this.#maximum = { bitsPerSecond, askedAt: now };
    this.#isNew = true;
  }

  /** What to tell those who send, in bits per second; undefined if it is not due. */
  take(now: number): number | undefined {
    if (now < this.deadline) return undefined;
    this.#isNew = false;
    this.#toldAt = now;
    return this.bitsPerSecond(now);
  }

  /** Undefined while nobody knows. */
  bitsPerSecond(now: number): number | undefined {
    const estimated = this.estimate.bitsPerSecond;
    const maximum =
      this.#maximum !== undefined && now - this.#maximum.askedAt < maximumForgottenMs
        ? this.#maximum.bitsPerSecond
        : undefined;
    if (estimated === undefined || maximum === undefined) return estimated ?? maximum;
    return Math.min(estimated, maximum);
  }
}
