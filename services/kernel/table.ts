/** An entry of a Table, empty once it has left. */
interface Cell<Value> {
  value: Value | undefined;
}

/**
 * A Map for what comes and goes with each session or request, among all the others, in order of entry.
 *
 * A plain one would do but for V8's collector: each table that a Map or Set has outgrown points to the next, so that one
 * of them in old memory keeps all that follow, and what was in them, until the next full collection. Small collections
 * then take two to five times as long, and media waits for them. Here what leaves is emptied, and they hold nothing.
 */
export class Table<Key extends string | number, Value extends object> implements Iterable<[Key, Value]> {
  readonly #cells = new Map<Key, Cell<Value>>();

  get size(): number {
    return this.#cells.size;
  }

  has(key: Key): boolean {
    return this.#cells.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#cells.get(key)?.value;
  }

  /** A key that is there keeps its place in the order. */
  set(key: Key, value: Value): this {
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, { value });
    else cell.value = value;
    return this;
  }

  /** Whether it was there. */
  delete(key: Key): boolean {
    const cell = this.#cells.get(key);
    if (cell === undefined) return false;
    cell.value = undefined;
    return this.#cells.delete(key);
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined;
    this.#cells.clear();
  }

  keys(): Iterable<Key> {
    return this.#cells.keys();
  }

  *values(): Generator<Value, void> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value;
  }

  *[Symbol.iterator](): Generator<[Key, Value], void> {
    for (const [key, { value }] of this.#cells) if (value !== undefined) yield [key, value];
  }
}
