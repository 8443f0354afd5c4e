import type { JanusConnection } from '#janus/client';
import type { Clock, Log, Random } from '#services/kernel';
import type { Engines } from './engines.ts';
import { orAborted } from './legs/deferred.ts';
import { destroyStaleRooms } from './legs/videoroom/stale-rooms.ts';

/** What surrounds a remote engine. */
export interface RemoteEngineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engines: Engines;
  /** Of the broker: rooms of its making that it lost are destroyed when it comes back. */
  readonly node: string;
  /** Makes a new connection to it. */
  connect(): JanusConnection;
}

/** After a connection that was lost, or could not be made. */
const firstPauseMs = 1_000;

/** Each attempt in vain doubles the pause, up to this. */
const longestPauseMs = 30_000;

/** So much more, by chance, that the brokers of one Janus do not come back all at once. */
const jitter = 0.25;

const mostUint32 = 2 ** 32;

/**
 * A Janus elsewhere, as long as this lives: connects to it, takes it among the engines once it has said who it is, and
 * does so again whenever it was lost.
 */
export class RemoteEngine implements AsyncDisposable {
  readonly #id: string;
  readonly #parts: RemoteEngineParts;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;

  constructor(id: string, parts: RemoteEngineParts) {
    this.#id = id;
    this.#parts = parts;
    this.#ended = this.#run().catch((err: unknown) =>
      parts.log.error({ err, engine: id }, 'an engine is given up'),
    );
  }

  /** Ends what runs on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the engine is not wanted any more'));
    await this.#ended;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      failures = (await this.#serve(failures === 0)) ? 0 : failures + 1;
      await this.#pause(failures);
    }
  }

  /** True if it was up for a while; false if it could not be reached, of which the first time in a row is news. */
  async #serve(isNews: boolean): Promise<boolean> {
    const { log } = this.#parts;
    const engine = this.#id;
    await using connection = this.#parts.connect();
    try {
      await orAborted(this.#enlist(connection), this.#closing.signal);
    } catch (err) {
      const told = 'an engine cannot be reached';
      if (isNews && !this.#closing.signal.aborted) log.warn({ err, engine }, told);
      else log.debug({ err, engine }, told);
      return false;
    }
    log.info({ engine }, 'an engine is up');
    await lost(connection, this.#closing.signal);
    if (!this.#closing.signal.aborted)
      log.warn({ err: connection.lost.reason, engine }, 'an engine was lost');
    return true;
  }

  async #enlist(connection: JanusConnection): Promise<void> {
    const { log, engines } = this.#parts;
    const engine = this.#id;
    const rooms = await destroyStaleRooms(connection, this.#parts, connection.lost);
    if (rooms > 0) log.warn({ engine, rooms }, 'rooms that were lost with a connection are destroyed');
    await engines.add(engine, connection);
  }

  #pause(failures: number): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.resolve();
    const ms = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
    const withJitter = ms * (1 + (jitter * random.uint32()) / mostUint32);
    return new Promise((resolve) => {
      const timer = clock.at(clock.now() + withJitter, done);
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}

/** Settles when the connection is lost, or `signal` aborts. */
function lost(connection: JanusConnection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      connection.lost.removeEventListener('abort', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (connection.lost.aborted || signal.aborted) return done();
    connection.lost.addEventListener('abort', done);
    signal.addEventListener('abort', done);
  });
}
