import {
  NegotiationError,
  negotiateAnswer,
  parseSdp,
  requireTransport,
  type DtlsRole,
  type Encoding,
  type IceCandidate,
  type LocalTransport,
  type NegotiatedSession,
  type PeerConnection,
  type PeerConnectionEvent,
  type PeerConnectionOptions,
  type PeerConnectionStats,
  type RemoteTransport,
  type RtpSender,
  type RtpSink,
  type SrtpContextFactory,
  type StreamPlan,
} from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import type { Certificate } from './dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from './dtls/dtls-transport.ts';
import { makeIceCredentials } from './ice/credentials.ts';
import type { PacketPool } from './packet-pool.ts';
import { MediaTransport } from './rtp/media-transport.ts';
import { DataChannels, maxMessageBytes } from './sctp/data-channels.ts';
import type { DatagramSink, IceCredentials, MuxPeer, UdpMux } from './udp-mux.ts';

/** What all connections of one UDP port share. */
export interface WebRtcParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly mux: UdpMux;
  readonly pool: PacketPool;
  readonly srtp: SrtpContextFactory;
  readonly certificate: Certificate;
  /** How peers reach the UDP port, as in `a=candidate`, without `a=`. */
  readonly candidates: readonly string[];
}

type ClosedReason = Extract<PeerConnectionEvent, { readonly type: 'closed' }>['reason'];

/** How often reports are sent and watchdogs looked after (RFC 3550 section 6.2 allows a second at these rates). */
const tickMs = 1000;

/** RFC 7675 section 5.1: a peer whose checks stopped for so long has taken its consent back. */
const consentMs = 30_000;

/** Candidates kept to be shown. */
const mostCandidates = 64;

/** What offer and answer made of this connection. */
interface Negotiated {
  readonly credentials: IceCredentials;
  readonly remote: RemoteTransport;
  readonly peer: MuxPeer;
  readonly dtls: DtlsTransport;
  readonly dtlsRole: DtlsRole;
}

/**
 * One WebRTC peer on the shared UDP port: ICE-lite, DTLS, SRTP, RTP and data channels.
 *
 * Limits: one DTLS association for its whole life; we answer offers and do not make them.
 */
export class WebRtcPeerConnection implements PeerConnection {
  readonly #parts: WebRtcParts;
  readonly #options: PeerConnectionOptions;
  readonly #onEvent: (event: PeerConnectionEvent) => void;
  readonly #media: MediaTransport;
  readonly #ssrcs = new Map<string, number>();
  readonly #origin: string;
  readonly #remoteCandidates: string[] = [];
  #version = 0;
  #negotiated: Negotiated | undefined;
  #channels: DataChannels | undefined;
  #sctpPort = 0;
  #timer: Disposable | undefined;
  #state: 'new' | 'connecting' | 'connected' | 'closed' = 'new';

  constructor(
    parts: WebRtcParts,
    options: PeerConnectionOptions,
    onEvent: (event: PeerConnectionEvent) => void,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#origin = String(parts.random.uint32());
    this.#media = new MediaTransport(parts, options.id, (event) => this.#tell(event));
  }

  offer(): Promise<string> {
    return Promise.reject(new NegotiationError('this connection answers offers and makes none'));
  }

  acceptAnswer(): Promise<void> {
    return Promise.reject(new NegotiationError('there is no offer of ours to answer'));
  }

  async answer(offerSdp: string, streams: readonly StreamPlan[]): Promise<string> {
    return await Promise.resolve(this.#answer(offerSdp, streams));
  }

  addCandidate(candidate: IceCandidate | undefined): void {
    if (candidate !== undefined && this.#remoteCandidates.length < mostCandidates)
      this.#remoteCandidates.push(candidate.candidate);
  }

  receive(mid: string, open: (encoding: Encoding) => RtpSink): Disposable {
    return this.#media.receive(mid, open);
  }

  sender(mid: string): RtpSender {
    return this.#media.sender(mid);
  }

  sendData(label: string, payload: string | Buffer): boolean {
    return this.#channels?.send(label, payload) ?? false;
  }

  requestKeyframe(mid: string, rid?: string): void {
    this.#media.requestKeyframe(mid, rid);
  }

  limitBitrate(bitsPerSecond: number): void {
    this.#media.limitBitrate(bitsPerSecond);
  }

  stats(): PeerConnectionStats {
    return this.#media.stats();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close('local');
  }

  #answer(offerSdp: string, streams: readonly StreamPlan[]): string {
    if (this.#state === 'closed') throw new NegotiationError('the connection is closed');
    const offer = parseSdp(offerSdp);
    const remote = requireTransport(offer);
    const before = this.#negotiated;
    const isRestart = before !== undefined && before.remote.iceUfrag !== remote.iceUfrag;
    const credentials =
      before === undefined || isRestart ? makeIceCredentials(this.#parts.random) : before.credentials;
    const session = negotiateAnswer(offer, streams, this.#local(credentials, before?.dtlsRole));
    if (before === undefined) this.#begin(credentials, session);
    else this.#renew(before, credentials, session, isRestart);
    this.#apply(session);
    return session.sdp;
  }

  #local(credentials: IceCredentials, dtlsRole: LocalTransport['dtlsRole']): LocalTransport {
    this.#version += 1;
    return {
      iceUfrag: credentials.ufrag,
      icePwd: credentials.password,
      isIceLite: true,
      fingerprints: [this.#parts.certificate.fingerprint],
      candidates: this.#parts.candidates,
      hasAllCandidates: true,
      origin: { sessionId: this.#origin, version: this.#version },
      cname: this.#options.id,
      hasTransportCc: false,
      maxMessageSize: maxMessageBytes,
      ...(dtlsRole && { dtlsRole }),
      allocateSsrc: (mid, use) => this.#ssrc(`${use} ${mid}`),
    };
  }

  #ssrc(key: string): number {
    const known = this.#ssrcs.get(key);
    if (known !== undefined) return known;
    const taken = new Set(this.#ssrcs.values());
    let ssrc = this.#parts.random.uint32();
    while (ssrc === 0 || taken.has(ssrc)) ssrc = this.#parts.random.uint32();
    this.#ssrcs.set(key, ssrc);
    return ssrc;
  }

  #begin(credentials: IceCredentials, session: NegotiatedSession): void {
    const { clock, certificate, mux } = this.#parts;
    const remote = session.transport;
    const peer = mux.add(credentials, this.#sink());
    peer.expect(remote.iceUfrag);
    const role = session.dtlsRole === 'passive' ? 'server' : 'client';
    const dtls = new DtlsTransport(
      { role, certificate, fingerprints: remote.fingerprints },
      (datagram) => this.#transmit(peer, datagram),
      (event) => this.#onDtls(event),
    );
    this.#negotiated = { credentials, remote, peer, dtls, dtlsRole: session.dtlsRole };
    this.#media.bind(peer);
    this.#state = 'connecting';
    this.#timer = clock.at(clock.now() + this.#options.connectTimeoutMs, () => this.#connectTimedOut());
    // A client speaks first, so it waits until there is an address to speak to.
    if (role === 'server') dtls.start();
  }

  #renew(
    before: Negotiated,
    credentials: IceCredentials,
    session: NegotiatedSession,
    isRestart: boolean,
  ): void {
    if (isRestart) {
      before.peer.restart(credentials);
      before.peer.expect(session.transport.iceUfrag);
    }
    this.#negotiated = { ...before, credentials, remote: session.transport };
  }

  #apply(session: NegotiatedSession): void {
    this.#media.negotiated(session.media);
    const sctp = session.media.find((media) => media.sctp !== undefined)?.sctp;
    if (sctp === undefined || this.#channels !== undefined) return;
    this.#sctpPort = sctp.port;
    this.#channels = new DataChannels(
      this.#parts.certificate,
      { local: 5000, maxMessageBytes: sctp.maxMessageSize },
      (bytes) => this.#negotiated?.dtls.sendData(bytes),
      (label, payload) => this.#tell({ type: 'data', label, payload }),
    );
    if (this.#state === 'connected') this.#channels.start(sctp.port);
  }

  #sink(): DatagramSink {
    return {
      dtls: (datagram, now) => this.#negotiated?.dtls.receive(datagram, now),
      rtp: (datagram, now) => this.#media.rtp(datagram, now),
      rtcp: (datagram, now) => this.#media.rtcp(datagram, now),
      addressChanged: () => this.#onAddress(),
    };
  }

  #onAddress(): void {
    if (this.#state === 'connecting') this.#negotiated?.dtls.start();
  }

  #onDtls(event: DtlsEvent): void {
    switch (event.type) {
      case 'connected':
        return this.#connected(event);
      case 'data':
        return this.#channels?.receive(event.bytes);
      case 'closed':
        return void this.#close('dtls_alert');
      case 'failed':
        return void this.#close('dtls_failed');
    }
  }

  #connected(keys: Extract<DtlsEvent, { readonly type: 'connected' }>): void {
    this.#state = 'connected';
    this.#media.start(keys.inbound, keys.outbound);
    this.#channels?.start(this.#sctpPort);
    this.#tick();
    this.#tell({ type: 'connected' });
  }

  /** What the peer lacked says which part failed: a check that we could believe, or the handshake after it. */
  #connectTimedOut(): void {
    void this.#close(this.#negotiated?.peer.remote === undefined ? 'ice_failed' : 'dtls_failed');
  }

  readonly #tick = (): void => {
    const { clock, pool } = this.#parts;
    const now = clock.now();
    this.#timer?.[Symbol.dispose]();
    if (now - (this.#negotiated?.peer.lastCheckAt ?? now) > consentMs) return void this.#close('ice_failed');
    this.#timer = clock.at(now + tickMs, this.#tick);
    this.#media.tick(now);
    pool.flush();
  };

  /** Handshakes and data channels speak outside the bursts that the socket flushes by itself. */
  #transmit(peer: MuxPeer, datagram: Buffer): void {
    peer.send(datagram);
    this.#parts.pool.flush();
  }

  #tell(event: PeerConnectionEvent): void {
    if (this.#state !== 'closed') this.#onEvent(event);
  }

  async #close(reason: ClosedReason): Promise<void> {
    if (this.#state === 'closed') return;
    const isToldTo = this.#state !== 'new' || reason !== 'local';
    this.#state = 'closed';
    this.#timer?.[Symbol.dispose]();
    if (isToldTo) this.#onEvent({ type: 'closed', reason });
    await this.#channels?.[Symbol.asyncDispose]();
    this.#negotiated?.dtls[Symbol.dispose]();
    this.#media[Symbol.dispose]();
    this.#negotiated?.peer[Symbol.dispose]();
  }
}
