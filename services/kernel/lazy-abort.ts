/** Where a signal comes from that few look at. */
export interface SignalSource {
  readonly signal: AbortSignal;
}

/**
 * An AbortController that is made only for who looks at its signal.
 *
 * Each signal has tables that V8 keeps until its next full collection, as told at `Table`: one for each of thousands of
 * requests a second makes small collections five times as long.
 */
export class LazyAbort implements SignalSource {
  #controller: AbortController | undefined;
  #end: { readonly reason: unknown } | undefined;
  /** Called once when aborted, for an owner that needs no signal. */
  onAbort: (() => void) | undefined;

  /** Aborts, or is aborted, as told by `abort`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#end !== undefined) this.#controller.abort(this.#end.reason);
    }
    return this.#controller.signal;
  }

  /** Somebody has looked at the signal. */
  get isWatched(): boolean {
    return this.#controller !== undefined;
  }

  get isAborted(): boolean {
    return this.#end !== undefined;
  }

  /** The first time counts. */
  abort(reason?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { reason };
    this.#controller?.abort(reason);
    this.onAbort?.();
  }
}
