import type {
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionFactory,
  PeerConnectionOptions,
  SrtpContextFactory,
} from '#janus/media';
import {
  Roster,
  type Clock,
  type DatagramSocketFactory,
  type Random,
  type TransportAddress,
} from '#services/kernel';
import { Certificates } from './dtls/certificate.ts';
import { checkDtls } from './dtls/self-check.ts';
import { MediaPort, type MediaPortOptions } from './media-port.ts';
import { WebRtcPeerConnection, type WebRtcParts } from './peer-connection.ts';

/** What the WebRTC stack works with. */
export interface WebRtcSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
  readonly srtp: SrtpContextFactory;
}

/** Where the media port is, how peers reach it, and who we are to them. */
export interface WebRtcOptions extends MediaPortOptions {
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
  /** Of ICE-TCP, proven to be a peer's or not. */
  readonly tcpConnections: number;
  /** Places, associations, channels and timers that connections hold, or are releasing. */
  readonly holdings: number;
}

/** All WebRTC connections of one engine: one media port. */
export class WebRtc implements PeerConnectionFactory, AsyncDisposable {
  readonly #port: MediaPort;
  readonly #parts: WebRtcParts;
  /** Those that are being released included. */
  readonly #connections = new Roster<WebRtcPeerConnection>();

  private constructor(port: MediaPort, parts: WebRtcParts) {
    this.#port = port;
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
    const port = await MediaPort.open({ clock, random, sockets }, options);
    const isFullIce = options.ice === 'full';
    const own = { clock, random, mux: port.mux, srtp, certificates, isFullIce };
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
    let holdings = 0;
    for (const connection of this.#connections) holdings += connection.holdings;
    return { connections: this.#connections.size, peers, addresses, tcpConnections, holdings };
  }

  create(options: PeerConnectionOptions, onEvent: (event: PeerConnectionEvent) => void): PeerConnection {
    const connection = new WebRtcPeerConnection(this.#parts, options, {
      tell: onEvent,
      released: () => place[Symbol.dispose](),
    });
    const place = this.#connections.add(connection);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection[Symbol.asyncDispose]()));
    await this.#port[Symbol.asyncDispose]();
  }
}
