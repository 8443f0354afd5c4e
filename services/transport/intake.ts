import type { Turns } from './turns.ts';

/** What brings bytes or messages, and can be told to wait. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Hands on what one source brings, in its turn and in order; while something waits, no more is read. */
export class Intake<Bytes extends Uint8Array> {
  readonly #turns: Turns;
  readonly #source: Source;
  readonly #handOn: (bytes: Bytes) => void;
  #waiting = 0;

  constructor(turns: Turns, source: Source, handOn: (bytes: Bytes) => void) {
    this.#turns = turns;
    this.#source = source;
    this.#handOn = handOn;
  }

  /** Takes the next bytes; some may still arrive after the source was told to wait. */
  take(bytes: Bytes): void {
    const turn = this.#turns.take(bytes.length);
    if (turn === undefined) this.#handOn(bytes);
    else void this.#wait(turn, bytes);
  }

  async #wait(turn: Promise<void>, bytes: Bytes): Promise<void> {
    this.#waiting += 1;
    this.#source.pause();
    await turn;
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#source.resume();
    this.#handOn(bytes);
  }
}
