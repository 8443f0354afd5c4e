/**
 * The pause between two requests to one publisher. Half of Janus's second: a viewer whose part of a keyframe was lost,
 * or whose request was, must have a picture again within a second.
 */
const pauseMs = 500;

/**
 * Passes keyframe requests of all subscribers on to one publisher, at most one per half second. A request within that
 * time is remembered and passed on when it ends, unless a keyframe came.
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
