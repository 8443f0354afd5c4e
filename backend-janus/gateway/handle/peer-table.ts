import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
} from '#janus/media';

/** What all connections of a gateway are told alike. */
export type CommonOptions = Omit<PeerConnectionOptions, 'id'>;

/** All peer connections of a gateway, those that are being released included. Disposing releases them all. */
export class PeerTable implements AsyncDisposable {
  readonly #factory: PeerConnectionFactory;
  readonly #options: CommonOptions;
  readonly #onFailure: (cause: unknown) => void;
  readonly #peers = new Set<PeerConnection>();

  /** `onFailure` hears why a connection could not be released. */
  constructor(factory: PeerConnectionFactory, options: CommonOptions, onFailure: (cause: unknown) => void) {
    this.#factory = factory;
    this.#options = options;
    this.#onFailure = onFailure;
  }

  get size(): number {
    return this.#peers.size;
  }

  open(id: string, onEvent: (event: PeerConnectionEvent) => void): PeerConnection {
    const peer = this.#factory.create({ id, ...this.#options }, onEvent);
    this.#peers.add(peer);
    return peer;
  }

  /** Resolves when the connection is gone; never rejects. */
  async release(peer: PeerConnection): Promise<void> {
    try {
      await peer[Symbol.asyncDispose]();
    } catch (cause) {
      this.#onFailure(cause);
    } finally {
      this.#peers.delete(peer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => this.release(peer)));
  }
}
