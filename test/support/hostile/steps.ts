/**
 * How often `parse` reads a field or a part of `bytes`, whatever its methods are: a count of steps that, unlike time,
 * is the same on every machine.
 */
export function readsOf(bytes: Buffer, parse: (bytes: Buffer) => unknown): number {
  const counts = { reads: 0 };
  parse(counting(bytes, counts));
  return counts.reads;
}

function counting(bytes: Buffer, counts: { reads: number }): Buffer {
  return new Proxy(bytes, {
    get(target, name) {
      if (name === 'length') return target.length;
      counts.reads += 1;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, parameters);
        return name === 'subarray' && Buffer.isBuffer(result) ? counting(result, counts) : result;
      };
    },
  });
}
