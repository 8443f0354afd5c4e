/** The smallest value that `share` of all values do not exceed; undefined if there are none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** The middle value; NaN if there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5) ?? NaN;
}
