import { Table } from './table.ts';

/**
 * Who is there: a Set for what comes and goes with each session or request, among all the others, in order of entry.
 * What has left is not held, as in a Table; what enters twice is there twice.
 */
export class Roster<Item extends object> implements Iterable<Item> {
  readonly #items = new Table<number, Item>();
  #entered = 0;

  get size(): number {
    return this.#items.size;
  }

  /** It is there until the result is disposed, which may be done again. */
  add(item: Item): Disposable {
    this.#entered += 1;
    const number = this.#entered;
    this.#items.set(number, item);
    return { [Symbol.dispose]: () => void this.#items.delete(number) };
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.values();
  }
}
