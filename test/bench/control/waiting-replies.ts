interface Waiting {
  readonly resolve: (reply: string) => void;
  readonly reject: (cause: Error) => void;
}

/** More than a loop has in flight; a number comes back when so many others have gone by. */
const most = 4096;

/** Who waits for the reply to which request. An array costs the load less than a Map, whose garbage V8 keeps for long. */
export class WaitingReplies {
  readonly #waiting: (Waiting | undefined)[] = [];

  /** Resolves with the reply to request `number`. */
  wait(number: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting[number % most] = { resolve, reject };
    });
  }

  settle(number: number, reply: string): void {
    const waiting = this.#waiting[number % most];
    this.#waiting[number % most] = undefined;
    waiting?.resolve(reply);
  }

  fail(cause: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting?.reject(cause);
  }
}
