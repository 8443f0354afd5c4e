import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
  SrtpContextFactory,
} from '#janus/media';
import type { Clock, DatagramSocketFactory, Random, TransportAddress } from '#services/kernel';
import { ownCertificate } from './dtls/certificate.ts';
import { MediaPort, type MediaPortOptions } from './media-port.ts';
import { WebRtcPeerConnection, type WebRtcParts } from './peer-connection.ts';

/** What the WebRTC stack works with. */
export interface WebRtcSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
  readonly srtp: SrtpContextFactory;
}

/** Where the media port is, and how peers reach it. */
export type WebRtcOptions = MediaPortOptions;

/** What is alive on one UDP port; all zero when nobody uses it. */
export interface WebRtcCounts {
  readonly connections: number;
  /** ICE credentials that the port knows. */
  readonly peers: number;
  /** Remote addresses that have proved to be a peer's. */
  readonly addresses: number;
  /** Of ICE-TCP, proven to be a peer's or not. */
  readonly tcpConnections: number;
}

/** All WebRTC connections of one engine: one UDP port, one certificate. */
export class WebRtc implements PeerConnectionFactory, AsyncDisposable {
  readonly #port: MediaPort;
  readonly #parts: WebRtcParts;
  readonly #connections = new Set<PeerConnection>();

  private constructor(port: MediaPort, parts: WebRtcParts) {
    this.#port = port;
    this.#parts = parts;
  }

  /** Binds the port and makes the certificate. Rejects with the system's error, for example EADDRINUSE. */
  static async open(surroundings: WebRtcSurroundings, options: WebRtcOptions): Promise<WebRtc> {
    const { clock, random, sockets, srtp } = surroundings;
    const certificate = await ownCertificate();
    const port = await MediaPort.open({ clock, random, sockets }, options);
    const isFullIce = options.ice === 'full';
    const own = { clock, random, mux: port.mux, srtp, certificate, isFullIce };
    return new WebRtc(port, {
      ...own,
      get candidates() {
        return port.candidates;
      },
    });
  }

  /** Where the UDP port is bound. */
  get local(): TransportAddress {
    return this.#port.mux.local;
  }

  /** Where ICE-TCP listens; undefined if it does not. */
  get tcpPort(): number | undefined {
    return this.#port.tcpPort;
  }

  get counts(): WebRtcCounts {
    const { peers, addresses } = this.#port.mux;
    const tcpConnections = this.#port.connections;
    return { connections: this.#connections.size, peers, addresses, tcpConnections };
  }

  create(options: PeerConnectionOptions, onEvent: (event: PeerConnectionEvent) => void): PeerConnection {
    const connection = new WebRtcPeerConnection(this.#parts, options, (event) => {
      if (event.type === 'closed') this.#connections.delete(connection);
      onEvent(event);
    });
    this.#connections.add(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection[Symbol.asyncDispose]()));
    await this.#port[Symbol.asyncDispose]();
  }
}
