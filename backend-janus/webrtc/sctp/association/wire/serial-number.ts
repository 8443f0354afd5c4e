/** Whether `left` comes after `right` in 32-bit serial numbers (RFC 1982): less than half the range ahead. */
export function isAfter32(left: number, right: number): boolean {
  return ((left - right) | 0) > 0;
}

/** `value + amount` in 32 bits. */
export function plus32(value: number, amount: number): number {
  return (value + amount) >>> 0;
}

/** How far `left` is ahead of `right`, 0 to 2^32 - 1. */
export function distance32(left: number, right: number): number {
  return (left - right) >>> 0;
}

/** Whether `left` comes after `right` in 16-bit serial numbers. */
export function isAfter16(left: number, right: number): boolean {
  return ((left - right) << 16) >> 16 > 0;
}

/** The number after `value` in 16 bits. */
export function next16(value: number): number {
  return (value + 1) & 0xffff;
}
