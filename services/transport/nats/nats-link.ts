import { connect, Events, type ConnectionOptions, type NatsConnection, type Status } from 'nats';
import { ConnectionLost, unreachable, type Clock, type Log, type Random } from '#services/kernel';
import { waitAtMost } from '../patience.ts';
import { natsAddress } from './nats-address.ts';

/** How a NatsLink stands: `connecting` until it was connected for the first time. */
export type NatsState = 'connecting' | 'connected' | 'disconnected' | 'closed';

/** What happens to a connection that is kept up. */
export type LinkChange =
  | { readonly type: 'up' }
  | { readonly type: 'down' }
  /** The package has given up; it does so only where retrying is of no use. */
  | { readonly type: 'lost'; readonly cause: Error | undefined };

/** What a NatsLink needs from others. */
export interface NatsLinkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly onChange: (change: LinkChange) => void;
}

/** Where to connect, and as whom. */
export interface NatsLinkOptions {
  /** As in `NATS_URL`; see `natsAddress`. */
  readonly url: string;
  /** This node's name; it also names the inboxes, so that nobody else need see them. */
  readonly node: string;
}

const reconnectWaitMs = 200;
const reconnectJitterMs = 100;

/** How long what was written may take to leave when we go. */
const farewellMs = 2000;

/** One NATS connection, kept up until disposed. */
export class NatsLink implements AsyncDisposable {
  readonly #parts: NatsLinkParts;
  readonly #settings: ConnectionOptions;
  #state: NatsState = 'connecting';
  #reconnects = 0;
  #opening: Promise<NatsConnection> | undefined;
  #isDisposed = false;

  /** Throws Error if the URL is bad. */
  constructor(parts: NatsLinkParts, options: NatsLinkOptions) {
    this.#parts = parts;
    this.#settings = { ...natsAddress(options.url), ...this.#policy(options.node) };
  }

  get state(): NatsState {
    return this.#state;
  }

  /** How often the connection came back. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Connects, trying until a server answers. Rejects once disposed. */
  open(): Promise<NatsConnection> {
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    try {
      const connection = await this.#opening;
      if (this.#state === 'connected') await this.#atMost(connection?.drain());
      await connection?.close();
    } catch {
      // It was never up: whoever awaits `open` has the reason.
    }
    this.#state = 'closed';
  }

  /** The package's own values end reconnecting for good after 20 s and notice a hung server after minutes. */
  #policy(node: string): ConnectionOptions {
    return {
      name: node,
      inboxPrefix: `_INBOX_${node}`,
      noRandomize: false,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      reconnectJitter: reconnectJitterMs,
      // The same two values; and the only way to stop a first connection that never comes about.
      reconnectDelayHandler: () => {
        if (this.#isDisposed) throw new ConnectionLost('disposed');
        return reconnectWaitMs + (this.#parts.random.uint32() % (reconnectJitterMs + 1));
      },
      pingInterval: 5000,
      maxPingOut: 2,
      timeout: 2000,
      waitOnFirstConnect: true,
      ignoreAuthErrorAbort: true,
    };
  }

  async #connect(): Promise<NatsConnection> {
    const connection = await connect(this.#settings);
    if (this.#isDisposed) {
      await connection.close();
      throw new ConnectionLost('disposed');
    }
    void this.#follow(connection);
    void this.#awaitEnd(connection);
    this.#become('connected');
    return connection;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (this.#state === 'closed') return;
      this.#note(connection, status);
    }
  }

  #note(connection: NatsConnection, { type, data }: Status): void {
    const { log } = this.#parts;
    if (type === Events.Disconnect) this.#become('disconnected');
    else if (type === Events.Reconnect) this.#become('connected');
    else if (type === Events.Error) log.warn({ code: data }, 'the NATS server reported an error');
    else if (type === Events.LDM) {
      log.info({}, 'the NATS server is going away, moving to another');
      void this.#atMost(connection.reconnect());
    }
  }

  async #awaitEnd(connection: NatsConnection): Promise<void> {
    const cause = await connection.closed();
    if (this.#isDisposed) return;
    this.#state = 'closed';
    this.#parts.onChange({ type: 'lost', cause: cause instanceof Error ? cause : undefined });
  }

  #become(state: 'connected' | 'disconnected'): void {
    if (this.#state === state || this.#isDisposed) return;
    const { log, onChange } = this.#parts;
    const isBack = this.#state === 'disconnected';
    this.#state = state;
    switch (state) {
      case 'connected':
        if (isBack) this.#reconnects += 1;
        log.info({ reconnects: this.#reconnects }, 'NATS is connected');
        onChange({ type: 'up' });
        break;
      case 'disconnected':
        log.warn({}, 'NATS is disconnected');
        onChange({ type: 'down' });
        break;
      default:
        unreachable(state);
    }
  }

  async #atMost(done: Promise<void> | undefined): Promise<void> {
    if (done !== undefined) await waitAtMost(this.#parts.clock, farewellMs, done);
  }
}
