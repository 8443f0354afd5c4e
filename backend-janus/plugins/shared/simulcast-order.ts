/** Names that say themselves which layer is higher, from low to high, as applications use them. */
const knownOrders: readonly (readonly string[])[] = [
  ['l', 'm', 'h'],
  ['q', 'h', 'f'],
  ['lo', 'mid', 'hi'],
  ['low', 'mid', 'high'],
];

/**
 * Simulcast layers from low to high: by their names where those say it, or else the last one offered is the lowest, as
 * in Janus, unless `order` is `lmh`.
 */
export function fromLowToHigh(rids: readonly string[], order: string | undefined): readonly string[] {
  if (order === 'lmh') return rids;
  const known = order === undefined ? knownOrders.find((names) => isWithin(rids, names)) : undefined;
  return known?.filter((name) => rids.includes(name)) ?? [...rids].reverse();
}

function isWithin(rids: readonly string[], names: readonly string[]): boolean {
  return rids.every((rid) => names.includes(rid));
}
