/** Closes a switch over a union: the compiler proves that nothing is left. */
export function unreachable(value: never): never {
  throw new TypeError(`not in the union: ${JSON.stringify(value)}`);
}
