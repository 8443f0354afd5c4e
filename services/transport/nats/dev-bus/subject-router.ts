/** Whoever subscribed, with the queue group in which it takes turns, if any. */
export interface Subscribed {
  readonly pattern: string;
  readonly queue: string | undefined;
}

/** One token of the patterns below it. */
interface Branch<Entry> {
  readonly below: Map<string, Branch<Entry>>;
  readonly entries: Set<Entry>;
}

/**
 * Finds the subscriptions that a subject matches, in a tree of tokens.
 *
 * Tokens are separated by dots; in a pattern `*` stands for one and a last `>` for one or more.
 */
export class SubjectRouter<Entry extends Subscribed> {
  readonly #root: Branch<Entry> = branch();
  #size = 0;

  /** Subscriptions held; zero when everybody has gone. */
  get size(): number {
    return this.#size;
  }

  add(entry: Entry): void {
    let at = this.#root;
    for (const token of entry.pattern.split('.')) {
      const next = at.below.get(token) ?? branch();
      at.below.set(token, next);
      at = next;
    }
    if (!at.entries.has(entry)) this.#size += 1;
    at.entries.add(entry);
  }

  /** Forgets an entry and the tokens that only it had. */
  remove(entry: Entry): void {
    const path: { readonly parent: Branch<Entry>; readonly token: string }[] = [];
    let at: Branch<Entry> | undefined = this.#root;
    for (const token of entry.pattern.split('.')) {
      path.push({ parent: at, token });
      at = at.below.get(token);
      if (at === undefined) return;
    }
    if (at.entries.delete(entry)) this.#size -= 1;
    for (const { parent, token } of path.toReversed()) {
      const child = parent.below.get(token);
      if (child === undefined || child.entries.size > 0 || child.below.size > 0) return;
      parent.below.delete(token);
    }
  }

  /** All entries whose pattern matches. */
  match(subject: string): Entry[] {
    const found: Entry[] = [];
    let level = [this.#root];
    for (const token of subject.split('.')) {
      const next: Branch<Entry>[] = [];
      for (const { below } of level) {
        found.push(...(below.get('>')?.entries ?? []));
        for (const name of [token, '*']) {
          const child = below.get(name);
          if (child !== undefined) next.push(child);
        }
      }
      level = next;
    }
    for (const { entries } of level) found.push(...entries);
    return found;
  }
}

function branch<Entry>(): Branch<Entry> {
  return { below: new Map(), entries: new Set() };
}
