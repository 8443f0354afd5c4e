import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type {
  InboundSrtpContext,
  LocalTransport,
  NegotiatedSession,
  OutboundSrtpContext,
  SrtpProfile,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { systemClock, systemRandom } from '#services/kernel';
import { Certificates, type Certificate } from '../../../backend-janus/webrtc/dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../../../backend-janus/webrtc/dtls/dtls-transport.ts';
import { makeIceCredentials } from '../../../backend-janus/webrtc/ice/credentials.ts';
import { IceAgent } from './ice-agent.ts';

/** What a connected peer decrypts and encrypts with. */
export interface Secured {
  readonly profile: SrtpProfile;
  readonly inbound: InboundSrtpContext;
  readonly outbound: OutboundSrtpContext;
}

/** Asked of the system: a second of 1,000 packets. */
const receiveBufferBytes = 4 * 1024 * 1024;

const connectTimeoutMs = 10_000;

/** One certificate serves all peers. */
const certificates = new Certificates(systemClock);

/** One WebRTC peer of the load: a socket of its own, ICE, DTLS and SRTP. */
export class LoadPeer implements AsyncDisposable {
  /** For the descriptions of this peer; it is the DTLS client, which browsers are too. */
  readonly local: LocalTransport;
  readonly #socket: Socket;
  readonly #certificate: Certificate;
  readonly #media: (datagram: Buffer) => void;
  #ice: IceAgent | undefined;
  #dtls: DtlsTransport | undefined;
  #timeout: NodeJS.Timeout | undefined;

  private constructor(socket: Socket, certificate: Certificate, media: (datagram: Buffer) => void) {
    this.#socket = socket;
    this.#certificate = certificate;
    this.#media = media;
    this.local = localTransport(socket, certificate);
    socket.on('message', this.#receive);
    // Refusals by the system, such as those of a server that is gone, show as loss.
    socket.on('error', () => undefined);
  }

  /** Binds a free port of `address`. `media` takes RTP and RTCP as they come from the wire, on the hot path. */
  static async open(address: string, media: (datagram: Buffer) => void): Promise<LoadPeer> {
    const certificate = certificates.current;
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    socket.setRecvBufferSize(receiveBufferBytes);
    return new LoadPeer(socket, certificate, media);
  }

  /** Connects to the peer that `session` describes. Rejects when ICE and DTLS take too long. */
  async connect(session: NegotiatedSession, isControlling: boolean): Promise<Secured> {
    const [address, port] = hostCandidate(session.transport.candidates);
    this.#socket.connect(port, address);
    await once(this.#socket, 'connect');
    return await new Promise<Secured>((resolve, reject) => {
      this.#timeout = setTimeout(
        () => reject(new Error(`not connected within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      this.#begin(session, isControlling, (event) => {
        if (event.type === 'connected') resolve(this.#secure(event));
        if (event.type === 'failed') reject(new Error('DTLS failed', { cause: event.cause }));
      });
    });
  }

  /** Sends without waiting; `datagram` stays unchanged for as long as the system may need it. */
  send(datagram: Buffer): void {
    this.#socket.send(datagram);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timeout);
    this.#dtls?.[Symbol.dispose]();
    this.#ice?.[Symbol.dispose]();
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #begin(session: NegotiatedSession, isControlling: boolean, onDtls: (event: DtlsEvent) => void): void {
    const { transport, dtlsRole } = session;
    const send = (datagram: Buffer): void => this.send(datagram);
    const role = dtlsRole === 'active' ? 'client' : 'server';
    const { fingerprints } = transport;
    const options = { role, certificate: this.#certificate, fingerprints, clock: systemClock } as const;
    const dtls = new DtlsTransport(options, send, onDtls);
    this.#dtls = dtls;
    if (role === 'server') dtls.start();
    this.#ice = new IceAgent({
      local: { ufrag: this.local.iceUfrag, password: this.local.icePwd },
      remote: { ufrag: transport.iceUfrag, password: transport.icePwd },
      isControlling,
      send,
      onReady: () => dtls.start(),
    });
  }

  #secure(keys: Extract<DtlsEvent, { readonly type: 'connected' }>): Secured {
    clearTimeout(this.#timeout);
    const { profile } = keys.inbound;
    return {
      profile,
      inbound: srtpContexts.inbound(keys.inbound),
      outbound: srtpContexts.outbound(keys.outbound),
    };
  }

  /** RFC 7983, media first: this is where the load spends its time. */
  readonly #receive = (datagram: Buffer): void => {
    const first = datagram[0] ?? 0;
    if (first >= 128) this.#media(datagram);
    else if (first < 4) this.#ice?.receive(datagram);
    else this.#dtls?.receive(datagram, performance.now());
  };
}

function localTransport(socket: Socket, certificate: Certificate): LocalTransport {
  const { address, port } = socket.address();
  const { ufrag, password } = makeIceCredentials(systemRandom);
  const ssrcs = new Map<string, number>();
  return {
    iceUfrag: ufrag,
    icePwd: password,
    isIceLite: false,
    fingerprints: [certificate.fingerprint],
    candidates: [`candidate:1 1 udp 2130706431 ${address} ${port} typ host`],
    hasAllCandidates: true,
    origin: { sessionId: String(port), version: 1 },
    cname: `load-${port}`,
    hasTransportCc: false,
    dtlsRole: 'active',
    allocateSsrc: (mid, use) => {
      const key = `${mid} ${use}`;
      const ssrc = ssrcs.get(key) ?? systemRandom.uint32();
      ssrcs.set(key, ssrc);
      return ssrc;
    },
  };
}

/** Address and port of the first UDP candidate. */
function hostCandidate(candidates: readonly string[]): [string, number] {
  for (const candidate of candidates) {
    const [, , protocol = '', , address = '', port = ''] = candidate.split(' ');
    if (protocol.toLowerCase() === 'udp') return [address, Number(port)];
  }
  throw new Error('the server announces no UDP candidate');
}
