/** The window of 1 s, in steps. */
const steps = 10;
const stepMs = 100;

/** Bits per second over the last second, from byte counts; `now` in milliseconds on the clock's scale, never going back. */
export class BitrateMeter {
  readonly #bytes = new Float64Array(steps);
  #sum = 0;
  #step = 0;

  add(bytes: number, now: number): void {
    const slot = this.#moveTo(now) % steps;
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + bytes;
    this.#sum += bytes;
  }

  /** Over the last 900 to 1000 ms: the current step and the nine whole ones before it. */
  bitsPerSecond(now: number): number {
    const step = this.#moveTo(now);
    const windowMs = (steps - 1) * stepMs + Math.max(0, now - step * stepMs);
    return (8000 * this.#sum) / windowMs;
  }

  /** Empties the steps that the window leaves. */
  #moveTo(now: number): number {
    const step = Math.floor(now / stepMs);
    for (let left = Math.min(step - this.#step, steps); left > 0; left -= 1) {
      const slot = (step - left + 1) % steps;
      this.#sum -= this.#bytes[slot] ?? 0;
      this.#bytes[slot] = 0;
    }
    this.#step = Math.max(step, this.#step);
    return this.#step;
  }
}
