/** Ends what a call to a door began. */
export type Finish = () => Promise<void>;

/** What the load asks of a door: a short command, or an echo session from nothing up to the answer. */
export type Operation = 'short' | 'echo';

/** One way into one server, as the load sees it. Disposing closes it, and ends the server. */
export interface Door extends AsyncDisposable {
  readonly name: string;
  /** Of the server. */
  readonly pid: number;
  /** Makes what short commands are about anew, since nobody's peer ever connects to it; before each turn. */
  renew(): Promise<Finish>;
  /** Carries out one operation; resolves with its reply, and with what ends it. Rejects if the server refuses. */
  readonly operations: Readonly<Record<Operation, () => Promise<Finish>>>;
}

/** Ends what leaves nothing behind. */
export const nothingToFinish: Finish = () => Promise.resolve();
