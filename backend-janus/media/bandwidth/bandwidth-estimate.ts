import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import { DelayTrend } from './delay-trend.ts';
import { TransportNumbers, type PacketOutcomes } from './transport-numbers.ts';

/** Bounds of a BandwidthEstimate, in bits per second. */
export interface BandwidthBounds {
  /** Below it there is nothing to choose: audio alone. */
  readonly least: number;
  /** Where it begins: without probing, only a wrong guess upwards shows that it is one. */
  readonly first: number;
  readonly most: number;
}

const defaultBounds: BandwidthBounds = { least: 50_000, first: 3_000_000, most: 50_000_000 };

/** Growth per second while the limit is far: a guess that nothing contradicts soon reaches the next layer. */
const growthPerSecond = 1.25;

/** draft-ietf-rmcat-gcc-02 section 5.5: what is left at an overload of what arrives. */
const kept = 0.85;

/** Near the rate of the last overload it grows by about a packet per response time. */
const slowGrowthPerSecond = 50_000;
const nearLimit = 0.9;

/** So many losses are no chance: a guess far beyond what arrives does not count any more. */
const heavyLosses = 0.2;
const mostBeyondLosses = 1.5;

/** A limit that was found so long ago may be another one. */
const limitForgottenMs = 20_000;

/** Media that uses a small part of the way says little of the rest: what was tried, times that, is the most to guess. */
const mostBeyondTried = 4;

/** Between two cuts: a queue needs a round trip or two to shrink. */
const betweenCutsMs = 300;

/** draft-ietf-rmcat-gcc-02 section 6: fewer losses let it grow, more cut it. */
const fewLosses = 0.02;
const manyLosses = 0.1;

/** Losses are judged over so long, and over so many packets, lest a few at random count as many. */
const lossPeriodMs = 1000;
const leastJudged = 50;

/** The rate that arrives is measured over so long on the peer's clock. */
const ratePeriodMs = 200;

/** A period that took longer had a pause in it: it is left out. */
const longestPeriodMs = 1000;

/**
 * Estimates what the way to one peer can carry, from its transport-wide feedback: the lower of what delays and what
 * losses allow, in the manner of draft-ietf-rmcat-gcc-02.
 *
 * Limits: it does not probe. It begins high and grows without proof up to four times of what was tried, and relies on
 * the delay to tell, within a few hundred milliseconds of media at a higher rate, that this was too much.
 */
export class BandwidthEstimate implements PacketOutcomes {
  readonly numbers = new TransportNumbers();
  readonly #bounds: BandwidthBounds;
  readonly #trend = new DelayTrend();
  #rate: number;
  #limit: { readonly bitsPerSecond: number; readonly foundAt: number } | undefined;
  #arrivedRate: number | undefined;
  #periodStart: number | undefined;
  #periodBytes = 0;
  #arrived = 0;
  #lost = 0;
  #judgedAt = -Infinity;
  #lossRatio = 0;
  #cutAt = -Infinity;
  #heededAt: number | undefined;

  constructor(bounds: Partial<BandwidthBounds> = {}) {
    this.#bounds = { ...defaultBounds, ...bounds };
    this.#rate = this.#bounds.first;
  }

  /** Undefined before the first feedback. */
  get bitsPerSecond(): number | undefined {
    return this.#heededAt === undefined ? undefined : Math.round(this.#rate);
  }

  /** Of the last packets, from 0 to 1. */
  get lossRatio(): number {
    return this.#lossRatio;
  }

  /** Heeds one feedback packet, which came at `now`. */
  heed(feedback: TransportFeedback, now: number): void {
    this.numbers.heed(feedback, this);
    const elapsed = Math.min(1000, now - (this.#heededAt ?? now)) / 1000;
    this.#heededAt = now;
    this.#judgeLosses(now);
    if (this.#trend.load === 'over') this.#cut(kept * (this.#arrivedRate ?? this.#rate), betweenCutsMs, now);
    else if (this.#lossRatio > manyLosses)
      this.#cut((1 - 0.5 * this.#lossRatio) * this.#lossyRate, lossPeriodMs, now);
    else if (this.#trend.load === 'normal' && this.#lossRatio < fewLosses) this.#grow(elapsed, now);
  }

  arrived(sentAt: number, arrivedAt: number, bytes: number): void {
    this.#arrived += 1;
    this.#trend.add(sentAt, arrivedAt);
    this.#measure(arrivedAt, bytes);
  }

  lost(): void {
    this.#lost += 1;
  }

  late(): void {
    this.#lost = Math.max(0, this.#lost - 1);
  }

  /** What losses take their part of. */
  get #lossyRate(): number {
    if (this.#lossRatio < heavyLosses || this.#arrivedRate === undefined) return this.#rate;
    return Math.min(this.#rate, mostBeyondLosses * this.#arrivedRate);
  }

  #measure(arrivedAt: number, bytes: number): void {
    const elapsed = arrivedAt - (this.#periodStart ?? arrivedAt);
    this.#periodStart ??= arrivedAt;
    if (elapsed >= ratePeriodMs || elapsed < -longestPeriodMs) {
      const rate = (8000 * this.#periodBytes) / elapsed;
      if (elapsed > 0 && elapsed <= longestPeriodMs)
        this.#arrivedRate = this.#arrivedRate === undefined ? rate : (this.#arrivedRate + rate) / 2;
      this.#periodStart = arrivedAt;
      this.#periodBytes = 0;
    }
    this.#periodBytes += bytes;
  }

  #judgeLosses(now: number): void {
    const packets = this.#arrived + this.#lost;
    if (packets < leastJudged || now - this.#judgedAt < lossPeriodMs) return;
    this.#lossRatio = this.#lost / packets;
    this.#judgedAt = now;
    this.#arrived = 0;
    this.#lost = 0;
  }

  #cut(rate: number, pauseMs: number, now: number): void {
    if (now - this.#cutAt < pauseMs) return;
    this.#cutAt = now;
    this.#limit = { bitsPerSecond: Math.max(rate, this.#arrivedRate ?? 0), foundAt: now };
    this.#rate = Math.max(this.#bounds.least, Math.min(this.#rate, rate));
  }

  #grow(elapsed: number, now: number): void {
    const { first, most } = this.#bounds;
    const limit = this.#limit;
    const isNear =
      limit !== undefined &&
      now - limit.foundAt < limitForgottenMs &&
      this.#rate > nearLimit * limit.bitsPerSecond;
    const grown = isNear
      ? this.#rate + slowGrowthPerSecond * elapsed
      : this.#rate * growthPerSecond ** elapsed;
    const ceiling = Math.min(most, Math.max(first, mostBeyondTried * (this.#arrivedRate ?? 0)));
    this.#rate = Math.max(Math.min(this.#rate, most), Math.min(grown, ceiling));
  }
}
