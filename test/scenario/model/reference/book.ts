/** What the reference expects to be heard: events by object, and what becomes of those who wait. */
export class Book {
  now = 0;
  /** While set, whatever a leg is asked fails with it. */
  failure: string | undefined;
  /** While set, legs and rooms that are opened fail with it. */
  openFailure: string | undefined;
  /** What became of each request for a description, in the order in which they came. */
  readonly outcomes: (string | undefined)[] = [];
  readonly #waiting = new Map<number, { readonly id: string; readonly wanted: 'offer' | 'answer' }>();
  #news = new Map<string, string[]>();

  tell(id: string, words: string): void {
    const told = this.#news.get(id);
    if (told === undefined) this.#news.set(id, [words]);
    else told.push(words);
  }

  /** What was told since the last time, by object. */
  takeNews(): ReadonlyMap<string, readonly string[]> {
    const news = this.#news;
    this.#news = new Map();
    return news;
  }

  wait(id: string, wanted: 'offer' | 'answer'): void {
    this.#waiting.set(this.outcomes.length, { id, wanted });
    this.outcomes.push(undefined);
  }

  /** One that need not wait. */
  note(outcome: string): void {
    this.outcomes.push(outcome);
  }

  giveUp(place: number): void {
    if (this.#waiting.delete(place)) this.outcomes[place] = 'timeout';
  }

  /** Answers who waits for a description of a session, or for anything of it. */
  settle(id: string, outcome: string, wanted?: 'offer' | 'answer'): void {
    for (const [place, waiting] of this.#waiting) {
      if (waiting.id !== id || (wanted !== undefined && waiting.wanted !== wanted)) continue;
      this.#waiting.delete(place);
      this.outcomes[place] = outcome;
    }
  }
}
