/**
 * Who is there: a Set for what comes and goes with each session or request, among all the others, without the tables
 * that V8 keeps of one (as told at `Table`). In no order; what enters twice is there twice.
 */
export class Roster<Item extends object> implements Iterable<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** It is there until the result is disposed, which may be done again. */
  add(item: Item): Disposable {
    const place = this.#free.pop() ?? this.#items.length;
    this.#items[place] = item;
    let isHere = true;
    return {
      [Symbol.dispose]: () => {
        if (isHere) this.#leave(place);
        isHere = false;
      },
    };
  }

  *[Symbol.iterator](): Generator<Item, void> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }

  #leave(place: number): void {
    this.#items[place] = undefined;
    this.#free.push(place);
  }
}
