import { ReplayWindow } from './replay-window.ts';

/** A bounded table of replay windows by SSRC, the last one used at hand. */
export class SsrcWindows {
  readonly #capacity: number;
  readonly #windows = new Map<number, ReplayWindow>();
  #lastSsrc: number | undefined;
  #last = new ReplayWindow();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The window of `ssrc`, a new one if it has none yet; undefined if there is no room for one more. */
  find(ssrc: number): ReplayWindow | undefined {
    if (ssrc === this.#lastSsrc) return this.#last;
    const known = this.#windows.get(ssrc);
    if (known !== undefined) return this.#remember(ssrc, known);
    return this.#windows.size < this.#capacity ? new ReplayWindow() : undefined;
  }

  /** Gives `ssrc` its place: call it only once a packet has proven to be authentic. */
  keep(ssrc: number, window: ReplayWindow): void {
    if (ssrc === this.#lastSsrc) return;
    this.#windows.set(ssrc, window);
    this.#remember(ssrc, window);
  }

  #remember(ssrc: number, window: ReplayWindow): ReplayWindow {
    this.#lastSsrc = ssrc;
    this.#last = window;
    return window;
  }
}
