import { Roster } from '#services/kernel';
import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
} from '#janus/media';

/** What all connections of a gateway are told alike. */
export type CommonOptions = Omit<PeerConnectionOptions, 'id'>;

/** A peer connection until its owner releases it. */
export interface OpenPeer {
  readonly connection: PeerConnection;
  /** Resolves when the connection is gone; never rejects. */
  release(): Promise<void>;
}

/** All peer connections of a gateway, those that are being released included. Disposing releases them all. */
export class PeerTable implements AsyncDisposable {
  readonly #factory: PeerConnectionFactory;
  readonly #options: CommonOptions;
  readonly #onFailure: (cause: unknown) => void;
  readonly #peers = new Roster<OpenPeer>();

  /** `onFailure` hears why a connection could not be released. */
  constructor(factory: PeerConnectionFactory, options: CommonOptions, onFailure: (cause: unknown) => void) {
    this.#factory = factory;
    this.#options = options;
    this.#onFailure = onFailure;
  }

  get size(): number {
    return this.#peers.size;
  }

  open(id: string, onEvent: (event: PeerConnectionEvent) => void): OpenPeer {
    const connection = this.#factory.create({ id, ...this.#options }, onEvent);
    const peer: OpenPeer = { connection, release: () => this.#release(connection, place) };
    const place = this.#peers.add(peer);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.release()));
  }

  async #release(connection: PeerConnection, place: Disposable): Promise<void> {
    try {
      await connection[Symbol.asyncDispose]();
    } catch (cause) {
      this.#onFailure(cause);
    } finally {
      place[Symbol.dispose]();
    }
  }
}
