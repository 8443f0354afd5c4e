// The arithmetic of a plot. No DOM here: it also runs in Node's tests.

/** The smallest of 1, 2, 5 × 10ⁿ that is at least `largest` and `floor`: where the axis of a plot ends. */
export function niceCeiling(largest: number, floor: number): number {
  const least = Math.max(largest, floor);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5].find((factor) => factor * power >= least) ?? 10;
  return step * power;
}

/**
 * The `d` of an SVG path through `values`, the newest at the right edge of a field of `width` × `height` that has
 * room for `capacity` of them. A gap (undefined) interrupts the line.
 */
export function linePath(
  values: readonly (number | undefined)[],
  capacity: number,
  ceiling: number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  let isDown = false;
  const commands = values.map((value, index) => {
    if (value === undefined) {
      isDown = false;
      return '';
    }
    const x = width * (1 - (values.length - 1 - index) / (capacity - 1));
    const y = height * (1 - Math.min(Math.max(value, 0), ceiling) / ceiling);
    const command = `${isDown ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
    return command;
  });
  return commands.filter((command) => command !== '').join('');
}
