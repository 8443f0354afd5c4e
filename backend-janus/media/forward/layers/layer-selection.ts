import { BandwidthCap } from './bandwidth-cap.ts';
import { everyTemporalLayer } from './temporal-gate.ts';

/** What a subscriber wants to see at most. */
export interface LayerTarget {
  /** The simulcast layer, 0 the lowest; the highest there is unless given. */
  readonly substream?: number;
  /** The temporal layer, 0 the lowest; all unless given. */
  readonly temporal?: number;
  /** A layer that brings nothing for so long gives way to the next below; 250 ms unless given. */
  readonly fallbackMs?: number;
  /** In bit/s, beside what the peer reports; for those who share a connection among streams. */
  readonly mostBitsPerSecond?: number;
}

/** One simulcast layer as it flows at present; a stream without simulcast has one. */
export interface LayerState {
  readonly layer: number;
  /** When its last packet came, in milliseconds on the clock's scale. */
  readonly lastAt: number;
  /** When the first packet came after which it had no pause. */
  readonly flowsSince: number;
  /** Of its temporal layers up to one, over the last second. */
  bitsPerSecond(temporalLimit: number, now: number): number;
}

/** Janus's default. */
const defaultFallbackMs = 250;

/** How often layers are looked at; a shorter fallback is as long. */
export const lookMs = 50;

/** The bitrate of a layer is known after so long. */
const measureMs = 1000;

/** The lowest rungs: the lowest layer with fewer temporal layers than it may have. */
const temporalRungs = 2;

/**
 * Which simulcast layer and how many temporal layers one subscriber gets: what it wants, capped by what flows and by
 * what the way to it can carry.
 *
 * A layer counts as silent only beside another that flows: a still picture brings nothing on any of them. A layer
 * returns as soon as it flows again. With too little bandwidth the lowest layer loses its temporal layers last.
 */
export class LayerSelection {
  readonly #cap = new BandwidthCap();
  #target: LayerTarget = {};
  #reported: number | undefined;
  #flowing: LayerState[] = [];
  #layer: LayerState | undefined;
  #temporal = everyTemporalLayer;
  #rung = 0;
  #now = 0;

  get target(): LayerTarget {
    return this.#target;
  }

  set target(target: LayerTarget) {
    this.#target = target;
    this.#budget();
  }

  /** What the peer reports that the way to it can carry. */
  set bandwidth(bitsPerSecond: number) {
    this.#reported = bitsPerSecond;
    this.#budget();
  }

  /** The way to the peer is known to be limited. */
  get hasBudget(): boolean {
    return this.#cap.budget !== undefined;
  }

  /** The temporal layers to send, by the highest. */
  get temporal(): number {
    return this.#temporal;
  }

  /** The layer to send: one of `layers`, which go from low to high; undefined if there is none. */
  choose<State extends LayerState>(layers: readonly State[], now: number): State | undefined {
    const wanted = this.#target.temporal ?? everyTemporalLayer;
    const { substream = Infinity } = this.#target;
    const flowing = layers.filter((one) => this.#isFlowing(one, layers, now));
    const allowed = flowing.filter(({ layer }) => layer <= substream);
    // Too high a layer is better than none.
    const candidates = allowed.length > 0 ? allowed : flowing.slice(0, 1);
    this.#flowing = candidates;
    this.#now = now;
    const highest = candidates.length - 1;
    if (highest < 0) return layers.find((one) => one === this.#layer) ?? layers[0];
    this.#rung = this.#cap.choose(highest + temporalRungs, this.#rateOf, now);
    this.#temporal = this.#rung < temporalRungs ? Math.min(this.#rung, wanted) : wanted;
    const chosen = candidates[Math.max(0, this.#rung - temporalRungs)];
    this.#layer = chosen;
    return chosen;
  }

  /** Nothing came of it for too long, while another layer brought something all that time. */
  #isFlowing(one: LayerState, layers: readonly LayerState[], now: number): boolean {
    const since = now - Math.max(this.#target.fallbackMs ?? defaultFallbackMs, lookMs);
    if (one.lastAt >= since) return true;
    return !layers.some((other) => other !== one && other.lastAt >= since && other.flowsSince <= since);
  }

  readonly #rateOf = (rung: number): number => {
    const layer = this.#flowing[Math.max(0, rung - temporalRungs)];
    if (layer === undefined) return 0;
    const isUnknown = rung > this.#rung && this.#now - layer.flowsSince < measureMs;
    const wanted = this.#target.temporal ?? everyTemporalLayer;
    const limit = rung < temporalRungs ? Math.min(rung, wanted) : wanted;
    return isUnknown ? Infinity : layer.bitsPerSecond(limit, this.#now);
  };

  #budget(): void {
    const { mostBitsPerSecond = Infinity } = this.#target;
    const budget = Math.min(mostBitsPerSecond, this.#reported ?? Infinity);
    this.#cap.budget = budget === Infinity ? undefined : budget;
  }
}
