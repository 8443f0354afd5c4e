/** What the delay of a connection's packets says of its narrowest link: queues that grow, shrink, or neither. */
export type Load = 'over' | 'under' | 'normal';

/** Packets sent so close together are one group: a frame of video, which shares its fate. */
const groupMs = 5;

/** The line is laid through the groups of so long, so that jitter of 30 ms alone has no slope; many or few they are. */
const windowMs = 600;
const mostPoints = 64;
const leastPoints = 12;

/** How much of the delay so far each new group keeps. */
const smoothing = 0.9;

/** What makes a slope comparable with the threshold: it counts more the longer the history is, up to 60 groups. */
const gain = 4;
const mostCounted = 60;

/** The threshold follows what it is compared with, faster upwards than down, within these bounds (in milliseconds). */
const firstThreshold = 12.5;
const leastThreshold = 6;
const mostThreshold = 600;
const rising = 0.0087;
const falling = 0.039;

/** An excess that lasts so long is no chance, if the delay grew by more than jitter can feign. */
const lastingMs = 10;
const leastRiseMs = 25;

/** A gap of more is a pause or another scale of the peer's: the trend begins anew. */
const longestGapMs = 3000;

/**
 * Finds the trend of the one-way delay, whose level nobody knows (draft-ietf-rmcat-gcc-02 sections 5.2 to 5.4, with a
 * line through the last groups instead of a Kalman filter).
 */
export class DelayTrend {
  readonly #times = new Float64Array(mostPoints);
  readonly #delays = new Float64Array(mostPoints);
  #count = 0;
  #group: Group | undefined;
  #previous: Group | undefined;
  #firstArrival = 0;
  #accumulated = 0;
  #smoothed = 0;
  #threshold = firstThreshold;
  #comparedAt = 0;
  #overMs = 0;
  #slope = 0;
  #load: Load = 'normal';

  get load(): Load {
    return this.#load;
  }

  /** Takes one packet, in the order of sending; times in milliseconds, each on a scale of its own. */
  add(sentAt: number, arrivedAt: number): void {
    const group = this.#group;
    if (group === undefined || Math.abs(arrivedAt - group.arrivedAt) > longestGapMs) {
      this.#restart(sentAt, arrivedAt);
    } else if (sentAt < group.startedAt) {
      // Told again, or so late that its group has been compared.
      return;
    } else if (sentAt - group.startedAt <= groupMs) {
      group.sentAt = sentAt;
      group.arrivedAt = Math.max(group.arrivedAt, arrivedAt);
    } else {
      if (this.#previous !== undefined) this.#compare(this.#previous, group);
      this.#previous = group;
      this.#group = { startedAt: sentAt, sentAt, arrivedAt };
    }
  }

  #restart(sentAt: number, arrivedAt: number): void {
    this.#group = { startedAt: sentAt, sentAt, arrivedAt };
    this.#previous = undefined;
    this.#firstArrival = arrivedAt;
    this.#count = 0;
    this.#accumulated = 0;
    this.#smoothed = 0;
    this.#comparedAt = arrivedAt;
    this.#overMs = 0;
    this.#load = 'normal';
  }

  #compare(before: Group, group: Group): void {
    const sentGap = group.sentAt - before.sentAt;
    this.#accumulated += group.arrivedAt - before.arrivedAt - sentGap;
    this.#smoothed = smoothing * this.#smoothed + (1 - smoothing) * this.#accumulated;
    const slot = this.#count % mostPoints;
    this.#times[slot] = group.arrivedAt - this.#firstArrival;
    this.#delays[slot] = this.#smoothed;
    this.#count += 1;
    if (this.#count >= leastPoints) this.#judge(sentGap, group.arrivedAt);
  }

  /** Of the least-squares line through the points from `first` on: milliseconds of delay per millisecond. */
  #lineSlope(first: number): number {
    const points = this.#count - first;
    let time = 0;
    let delay = 0;
    for (let index = first; index < this.#count; index += 1) {
      time += this.#at(this.#times, index) / points;
      delay += this.#at(this.#delays, index) / points;
    }
    let numerator = 0;
    let denominator = 0;
    for (let index = first; index < this.#count; index += 1) {
      const away = this.#at(this.#times, index) - time;
      numerator += away * (this.#at(this.#delays, index) - delay);
      denominator += away * away;
    }
    return denominator === 0 ? 0 : numerator / denominator;
  }

  #firstOfWindow(): number {
    const since = this.#at(this.#times, this.#count - 1) - windowMs;
    const oldest = Math.max(0, this.#count - mostPoints);
    let first = this.#count - leastPoints;
    while (first > oldest && this.#at(this.#times, first - 1) >= since) first -= 1;
    return first;
  }

  #at(values: Float64Array, index: number): number {
    return values[index % mostPoints] ?? 0;
  }

  #judge(sentGap: number, arrivedAt: number): void {
    const first = this.#firstOfWindow();
    const slope = this.#lineSlope(first);
    const rise = slope * (this.#at(this.#times, this.#count - 1) - this.#at(this.#times, first));
    const trend = slope * Math.min(this.#count, mostCounted) * gain;
    if (trend > this.#threshold && rise > leastRiseMs) {
      this.#overMs += sentGap;
      if (this.#overMs > lastingMs && slope >= this.#slope) this.#load = 'over';
    } else {
      this.#overMs = 0;
      this.#load = trend < -this.#threshold ? 'under' : 'normal';
    }
    this.#slope = slope;
    this.#adapt(Math.abs(trend), arrivedAt);
  }

  /** So that a flow that competes by losses does not starve us (section 5.4); a sudden step is left out. */
  #adapt(trend: number, arrivedAt: number): void {
    const elapsed = Math.min(100, Math.max(0, arrivedAt - this.#comparedAt));
    this.#comparedAt = arrivedAt;
    if (trend > this.#threshold + 15) return;
    const speed = trend < this.#threshold ? falling : rising;
    const threshold = this.#threshold + speed * (trend - this.#threshold) * elapsed;
    this.#threshold = Math.min(mostThreshold, Math.max(leastThreshold, threshold));
  }
}

/** Packets sent together. */
interface Group {
  readonly startedAt: number;
  sentAt: number;
  arrivedAt: number;
}
