/** Labels that are remembered; of more, the oldest are forgotten. */
const mostLabels = 64;

/** The labels of channels that were closed last. */
export class ClosedLabels {
  readonly #labels = new Set<string>();

  has(label: string): boolean {
    return this.#labels.has(label);
  }

  add(label: string): void {
    this.#labels.delete(label);
    this.#labels.add(label);
    const [oldest] = this.#labels;
    if (this.#labels.size > mostLabels && oldest !== undefined) this.#labels.delete(oldest);
  }

  delete(label: string): void {
    this.#labels.delete(label);
  }
}
