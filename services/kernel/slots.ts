/**
 * Things that come and go thousands of times a second, each in a numbered place.
 *
 * A Set or Map would do but for V8's collector: each table that one of them has outgrown points to the next, so that
 * one of them in old memory keeps all that follow, and what was in them, until the next full collection. Small
 * collections then take five times as long, and media waits for them.
 */
export class Slots<Item extends object> implements Iterable<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** Returns its place, which is another's once it is removed. */
  add(item: Item): number {
    const place = this.#free.pop() ?? this.#items.length;
    this.#items[place] = item;
    return place;
  }

  /** Once for each `add`. */
  remove(place: number): void {
    this.#items[place] = undefined;
    this.#free.push(place);
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }
}
