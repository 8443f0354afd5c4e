/** The pause between two requests to one publisher (janus-api section 8). */
const pauseMs = 1000;

/**
 * Passes keyframe requests of all subscribers on to one publisher, at most one per second. A request within that
 * second is remembered and passed on when it ends, unless a keyframe came.
 *
 * There is no timer: `tick` is called with each packet of the publisher, who without packets has no keyframe either.
 */
export class KeyframeRequests {
  readonly #request: () => void;
  #requestedAt = -Infinity;
  #isPending = false;

  constructor(request: () => void) {
    this.#request = request;
  }

  /** Someone needs a keyframe. */
  ask(now: number): void {
    this.#isPending = true;
    this.tick(now);
  }

  /** A keyframe has come, for all who asked. */
  satisfy(): void {
    this.#isPending = false;
  }

  /** Passes a remembered request on if its time has come. */
  tick(now: number): void {
    if (!this.#isPending || now - this.#requestedAt < pauseMs) return;
    this.#isPending = false;
    this.#requestedAt = now;
    this.#request();
  }
}
