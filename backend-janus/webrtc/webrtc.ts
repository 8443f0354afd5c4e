import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
  SrtpContextFactory,
} from '#janus/media';
import type { Clock, DatagramSocketFactory, Random, TransportAddress } from '#services/kernel';
import { Certificates } from './dtls/certificate.ts';
import { checkDtls } from './dtls/self-check.ts';
import { WebRtcPeerConnection, type WebRtcParts } from './peer-connection.ts';
import { UdpMux } from './udp-mux.ts';

/** What the WebRTC stack works with. */
export interface WebRtcSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
  readonly srtp: SrtpContextFactory;
}

/** Where the one UDP port is, and how peers reach it. */
export interface WebRtcOptions {
  /** Port 0 picks a free one. */
  readonly local: TransportAddress;
  /** IP addresses to announce as candidates, the best first; the local address if there are none. */
  readonly announcedAddresses: readonly string[];
  /** How long one DTLS certificate is given to new connections, in milliseconds; at most 15 days. A day by default. */
  readonly certificateRotationMs?: number;
}

/** What is alive on one UDP port; all zero when nobody uses it. */
export interface WebRtcCounts {
  readonly connections: number;
  /** ICE credentials that the port knows. */
  readonly peers: number;
  /** Remote addresses that have proved to be a peer's. */
  readonly addresses: number;
  /** Places, associations, channels and timers that connections hold, or are releasing. */
  readonly holdings: number;
}

/** The priority of our best host candidate (RFC 8445 section 5.1.2.1): type preference 126, component 1. */
const hostPriority = 126 * 2 ** 24 + 65_535 * 2 ** 8 + 255;

/** All WebRTC connections of one engine: one UDP port. */
export class WebRtc implements PeerConnectionFactory, AsyncDisposable {
  readonly #parts: WebRtcParts;
  /** Those that are being released included. */
  readonly #connections = new Set<WebRtcPeerConnection>();

  private constructor(parts: WebRtcParts) {
    this.#parts = parts;
  }

  /**
   * Binds the port. Rejects with the system's error, for example EADDRINUSE, and with a sentence if DTLS does not
   * refuse a peer that is not who it says.
   */
  static async open(surroundings: WebRtcSurroundings, options: WebRtcOptions): Promise<WebRtc> {
    const { clock, random, sockets, srtp } = surroundings;
    checkDtls();
    const certificates = new Certificates(clock, options.certificateRotationMs);
    const mux = await UdpMux.open(sockets, options.local);
    const { address, port } = mux.local;
    const announced = options.announcedAddresses.length > 0 ? options.announcedAddresses : [address];
    const candidates = announced.map((host, index) => candidate(host, port, index));
    return new WebRtc({ clock, random, mux, srtp, certificates, candidates });
  }

  /** Where the UDP port is bound. */
  get local(): TransportAddress {
    return this.#parts.mux.local;
  }

  get counts(): WebRtcCounts {
    const { peers, addresses } = this.#parts.mux;
    let holdings = 0;
    for (const connection of this.#connections) holdings += connection.holdings;
    return { connections: this.#connections.size, peers, addresses, holdings };
  }

  create(options: PeerConnectionOptions, onEvent: (event: PeerConnectionEvent) => void): PeerConnection {
    const connection = new WebRtcPeerConnection(this.#parts, options, {
      tell: onEvent,
      released: () => void this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection[Symbol.asyncDispose]()));
    await this.#parts.mux[Symbol.asyncDispose]();
  }
}

/** RFC 8839 section 5.1. A later address is less preferred, by its local preference. */
function candidate(address: string, port: number, index: number): string {
  return `candidate:${index + 1} 1 udp ${hostPriority - index * 2 ** 8} ${address} ${port} typ host`;
}
