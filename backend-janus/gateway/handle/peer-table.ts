import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
} from '#janus/media';

/** How long peers may take, and be silent. */
export type PeerLimits = Pick<PeerConnectionOptions, 'connectTimeoutMs' | 'silence'>;

/** All peer connections of a gateway, those that are being released included. Disposing releases them all. */
export class PeerTable implements AsyncDisposable {
  readonly #factory: PeerConnectionFactory;
  readonly #limits: PeerLimits;
  readonly #onFailure: (cause: unknown) => void;
  readonly #peers = new Set<PeerConnection>();

  /** `onFailure` hears why a connection could not be released. */
  constructor(factory: PeerConnectionFactory, limits: PeerLimits, onFailure: (cause: unknown) => void) {
    this.#factory = factory;
    this.#limits = limits;
    this.#onFailure = onFailure;
  }

  get size(): number {
    return this.#peers.size;
  }

  open(id: string, onEvent: (event: PeerConnectionEvent) => void): PeerConnection {
    const peer = this.#factory.create({ id, ...this.#limits }, onEvent);
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
