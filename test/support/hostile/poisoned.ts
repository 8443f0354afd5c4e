/** What a parser must never have seen. */
const poison = 0xa5;
const otherPoison = 0x5a;

const margin = 64;

/** `bytes` as a view within a larger buffer that is full of something else. */
function within(bytes: Uint8Array, filling: number): Buffer {
  const whole = Buffer.alloc(bytes.length + 2 * margin, filling);
  whole.set(bytes, margin);
  return whole.subarray(margin, margin + bytes.length);
}

/**
 * What `parse` makes of `bytes` in memory of their own, in the midst of one filling, and of another. They are alike
 * unless it reads past its buffer.
 */
export function outcomes<Result>(bytes: Uint8Array, parse: (bytes: Buffer) => Result): readonly Result[] {
  const alone = Buffer.from(new Uint8Array(bytes).buffer);
  return [alone, within(bytes, poison), within(bytes, otherPoison)].map(parse);
}
