import { BitrateMeter } from '../../bitrate-meter.ts';

/** A pause of that length is one; Janus calls a layer silent after it. */
const pauseMs = 250;

/** Temporal layers that are told apart; higher ones count with the last. */
const mostTemporalLayers = 3;

/** Since when, and how fast, one encoding flows. */
export class FlowMeter {
  readonly #meters: readonly BitrateMeter[] = Array.from(
    { length: mostTemporalLayers },
    () => new BitrateMeter(),
  );
  #lastAt: number;
  #flowsSince: number;

  /** Before its first packet it counts as flowing, from `now` on. */
  constructor(now: number) {
    this.#lastAt = now;
    this.#flowsSince = now;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  get flowsSince(): number {
    return this.#flowsSince;
  }

  /** Counts a packet of a temporal layer; true if it ends a pause. */
  add(bytes: number, temporalLayer: number, now: number): boolean {
    const hasPaused = now - this.#lastAt > pauseMs;
    if (hasPaused) this.#flowsSince = now;
    this.#lastAt = now;
    this.#meters[Math.min(Math.max(temporalLayer, 0), mostTemporalLayers - 1)]?.add(bytes, now);
    return hasPaused;
  }

  /** Of temporal layers up to `limit`, over the last second. */
  bitsPerSecond(limit: number, now: number): number {
    let sum = 0;
    for (let layer = 0; layer <= limit && layer < mostTemporalLayers; layer += 1)
      sum += this.#meters[layer]?.bitsPerSecond(now) ?? 0;
    return sum;
  }
}
