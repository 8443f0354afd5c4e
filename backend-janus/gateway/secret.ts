/** Compares in a time that tells nothing about `secret` but perhaps its length. */
export function isSecret(given: unknown, secret: string): boolean {
  if (typeof given !== 'string') return false;
  const expected = Buffer.from(secret);
  const actual = Buffer.from(given);
  let difference = expected.length ^ actual.length;
  for (const [at, byte] of expected.entries()) difference |= byte ^ (actual[at] ?? 0);
  return difference === 0;
}
