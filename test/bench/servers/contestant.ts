/** A server under test, as the load sees it. Disposing ends its process. */
export interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Where the load binds its sockets. */
  readonly address: string;
  /** Answers the offer of the one publisher. */
  publish(offer: string): Promise<string>;
  /** Offers what the publisher sends to a new subscriber. */
  invite(): Promise<Invitation>;
  /** Gives back what memory it can. */
  collect(): Promise<void>;
  /** Forgets the delays of its event loop so far; 99 of 100 of those since, in milliseconds. Undefined without a loop. */
  loopDelay(): Promise<number | undefined>;
}

/** Starts a server; whoever calls it owns what it gives. */
export type StartContestant = () => Promise<Contestant>;

/** An offer to one subscriber. */
export interface Invitation {
  readonly offer: string;
  accept(answer: string): Promise<void>;
  /** Ends the subscriber's connection. */
  leave(): Promise<void>;
}
