import { MediaError } from '#schemas';

/** Tells a machine that nobody waits for a reply any more. */
export interface Cancel {
  readonly type: 'cancel';
  readonly request: number;
}

/** What is asked of one machine: turns the replies that come under a number into promises. */
export class PendingRequests<Input, Result> {
  readonly #post: (input: Input | Cancel) => boolean;
  readonly #waiting = new Map<number, (result: Result | MediaError) => void>();
  #requests = 0;
  #over: MediaError | undefined;

  /** `post` hands the machine an input; false if it can take no more. */
  constructor(post: (input: Input | Cancel) => boolean) {
    this.#post = post;
  }

  /** What whoever asks from now on is told; undefined while the machine lives. */
  get over(): MediaError | undefined {
    return this.#over;
  }

  /**
   * Asks under a new number. Rejects with the MediaError that the machine replies or ends with, `busy` if it can take
   * no more, `timeout` when `signal` aborts.
   */
  ask(input: (request: number) => Input, signal?: AbortSignal): Promise<Result> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve, reject) => {
      if (this.#over !== undefined) return reject(this.#over);
      if (signal?.aborted === true) return reject(new MediaError('timeout'));
      const giveUp = (): void => {
        this.#post({ type: 'cancel', request });
        this.settle(request, new MediaError('timeout'));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.set(request, (result) => {
        signal?.removeEventListener('abort', giveUp);
        if (result instanceof MediaError) reject(result);
        else resolve(result);
      });
      if (!this.#post(input(request))) this.settle(request, new MediaError('busy'));
    });
  }

  /** Replies to whoever waits under this number; nobody does after a time-out. */
  settle(request: number, result: Result | MediaError): void {
    this.#waiting.get(request)?.(result);
    this.#waiting.delete(request);
  }

  /** The machine is over: all who wait, and whoever asks later, are told why. */
  end(why: MediaError): void {
    this.#over = why;
    for (const request of [...this.#waiting.keys()]) this.settle(request, why);
  }
}
