/** When a peer that says nothing is told of, and when it is given up; milliseconds. */
export interface SilenceLimits {
  /** Without any packet that we could believe. */
  readonly warnAfterMs: number;
  /** Without a check of ICE, by which the peer consents to being sent to (RFC 7675 section 5.1). */
  readonly endAfterMs: number;
}

/** What a look at a connected peer finds. `silent` is told once per silence. */
export type Silence = 'alive' | 'silent' | 'media_timeout' | 'ice_failed';

/**
 * Decides whether a connected peer is still there.
 *
 * A peer that sends no media but goes on checking stays: it is muted or on hold. One that sends media and no longer
 * checks has taken its consent back; one that does neither is gone.
 */
export class SilenceWatch {
  readonly #limits: SilenceLimits;
  #isWarned = false;

  constructor(limits: SilenceLimits) {
    this.#limits = limits;
  }

  /** `checkedAt` and `heardAt`: when the last check, and the last packet of any other kind, came. */
  look(now: number, checkedAt: number, heardAt: number): Silence {
    const isSilent = now - Math.max(checkedAt, heardAt) >= this.#limits.warnAfterMs;
    if (now - checkedAt >= this.#limits.endAfterMs) return isSilent ? 'media_timeout' : 'ice_failed';
    const isNews = isSilent && !this.#isWarned;
    this.#isWarned = isSilent;
    return isNews ? 'silent' : 'alive';
  }
}
