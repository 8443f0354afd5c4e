import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  requireTransport,
  type DtlsRole,
  type Encoding,
  type IceCandidate,
  type LocalTransport,
  type NegotiatedOffer,
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
import { Scope, type Clock, type Random } from '#services/kernel';
import type { Certificate } from './dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from './dtls/dtls-transport.ts';
import { makeIceCredentials } from './ice/credentials.ts';
import { MediaTransport } from './rtp/media-transport.ts';
import { DataChannels, maxMessageBytes } from './sctp/data-channels.ts';
import type { DatagramSink, IceCredentials, MuxPeer, UdpMux } from './udp-mux.ts';

/** What all connections of one UDP port share. */
export interface WebRtcParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly mux: UdpMux;
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

/** Our place on the UDP port: made by the first description, before anybody may use it. */
interface Place {
  readonly credentials: IceCredentials;
  readonly peer: MuxPeer;
}

/** What a completed offer and answer made of this connection. */
interface Association {
  readonly remote: RemoteTransport;
  readonly dtls: DtlsTransport;
  readonly dtlsRole: DtlsRole;
}

/**
 * One WebRTC peer on the shared UDP port: ICE-lite, DTLS, SRTP, RTP and data channels.
 *
 * Limits: one DTLS association for its whole life, and no ICE restart of our own.
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
  #place: Place | undefined;
  #pendingOffer: NegotiatedOffer | undefined;
  #association: Association | undefined;
  #channels: DataChannels | undefined;
  #timer: Disposable | undefined;
  #state: 'new' | 'connecting' | 'connected' | 'closed' = 'new';
  #closing: Promise<void> | undefined;

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

  async offer(streams: readonly StreamPlan[]): Promise<string> {
    return await Promise.resolve(this.#offer(streams));
  }

  async answer(offerSdp: string, streams: readonly StreamPlan[]): Promise<string> {
    return await Promise.resolve(this.#answer(offerSdp, streams));
  }

  async acceptAnswer(sdp: string): Promise<void> {
    this.#acceptAnswer(sdp);
    await Promise.resolve();
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

  #offer(streams: readonly StreamPlan[]): string {
    if (this.#state === 'closed') throw new NegotiationError('the connection is closed');
    const credentials = this.#place?.credentials ?? makeIceCredentials(this.#parts.random);
    const offer = negotiateOffer(streams, this.#local(credentials));
    this.#place ??= this.#admit(credentials);
    this.#pendingOffer = offer;
    return offer.sdp;
  }

  #acceptAnswer(sdp: string): void {
    const { credentials } = this.#place ?? {};
    if (this.#state === 'closed') throw new NegotiationError('the connection is closed');
    if (this.#pendingOffer === undefined || credentials === undefined)
      throw new NegotiationError('there is no offer of ours to answer');
    const session = acceptAnswer(this.#pendingOffer, sdp);
    this.#pendingOffer = undefined;
    this.#apply(session, credentials);
  }

  #answer(offerSdp: string, streams: readonly StreamPlan[]): string {
    if (this.#state === 'closed') throw new NegotiationError('the connection is closed');
    const offer = parseSdp(offerSdp);
    const credentials = this.#credentialsFor(requireTransport(offer));
    const session = negotiateAnswer(offer, streams, this.#local(credentials));
    this.#pendingOffer = undefined;
    this.#apply(session, credentials);
    return session.sdp;
  }

  /** New ones at first, and when the peer restarts ICE (RFC 8445 section 9). */
  #credentialsFor(remote: RemoteTransport): IceCredentials {
    const known = this.#association?.remote.iceUfrag;
    const isRestart = known !== undefined && known !== remote.iceUfrag;
    return (isRestart ? undefined : this.#place?.credentials) ?? makeIceCredentials(this.#parts.random);
  }

  #local(credentials: IceCredentials): LocalTransport {
    this.#version += 1;
    const dtlsRole = this.#association?.dtlsRole;
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

  #admit(credentials: IceCredentials): Place {
    const peer = this.#parts.mux.add(credentials, this.#sink());
    this.#media.bind(peer);
    return { credentials, peer };
  }

  /** Takes what an offer and its answer agreed on; `credentials` are those that our description names. */
  #apply(session: NegotiatedSession, credentials: IceCredentials): void {
    const place = this.#place ?? this.#admit(credentials);
    if (place.credentials !== credentials) place.peer.restart(credentials);
    this.#place = { credentials, peer: place.peer };
    place.peer.expect(session.transport.iceUfrag);
    this.#association ??= this.#begin(place.peer, session);
    this.#association = { ...this.#association, remote: session.transport };
    this.#media.negotiated(session.media);
    this.#openChannels(session);
    // A client speaks first, so it waits until there is an address to speak to.
    if (session.dtlsRole === 'passive') this.#association.dtls.start();
  }

  #begin(peer: MuxPeer, { transport, dtlsRole }: NegotiatedSession): Association {
    const { clock, certificate } = this.#parts;
    const role = dtlsRole === 'passive' ? 'server' : 'client';
    const dtls = new DtlsTransport(
      { role, certificate, fingerprints: transport.fingerprints },
      (datagram) => this.#transmit(peer, datagram),
      (event) => this.#onDtls(event),
    );
    this.#state = 'connecting';
    this.#timer = clock.at(clock.now() + this.#options.connectTimeoutMs, () => this.#connectTimedOut());
    return { remote: transport, dtls, dtlsRole };
  }

  #openChannels({ media }: NegotiatedSession): void {
    const sctp = media.find((section) => section.sctp !== undefined)?.sctp;
    if (sctp === undefined || this.#channels !== undefined) return;
    this.#channels = new DataChannels(
      this.#parts,
      { port: sctp.port, maxMessageBytes: sctp.maxMessageSize },
      (bytes) => this.#association?.dtls.sendData(bytes),
      (label, payload) => this.#tell({ type: 'data', label, payload }),
    );
    if (this.#state === 'connected') this.#channels.start();
  }

  #sink(): DatagramSink {
    return {
      dtls: (datagram, now) => this.#association?.dtls.receive(datagram, now),
      rtp: (datagram, now) => this.#media.rtp(datagram, now),
      rtcp: (datagram, now) => this.#media.rtcp(datagram, now),
      addressChanged: () => this.#onAddress(),
    };
  }

  #onAddress(): void {
    if (this.#state === 'connecting') this.#association?.dtls.start();
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
    this.#channels?.start();
    this.#tick();
    this.#tell({ type: 'connected' });
  }

  /** What the peer lacked says which part failed: a check that we could believe, or the handshake after it. */
  #connectTimedOut(): void {
    void this.#close(this.#place?.peer.remote === undefined ? 'ice_failed' : 'dtls_failed');
  }

  readonly #tick = (): void => {
    const { clock } = this.#parts;
    const now = clock.now();
    this.#timer?.[Symbol.dispose]();
    if (now - (this.#place?.peer.lastCheckAt ?? now) > consentMs) return void this.#close('ice_failed');
    this.#timer = clock.at(now + tickMs, this.#tick);
    this.#media.tick(now);
    this.#place?.peer.flush();
  };

  /** Handshakes and data channels speak outside the bursts that the socket flushes by itself. */
  #transmit(peer: MuxPeer, datagram: Buffer): void {
    peer.send(datagram);
    peer.flush();
  }

  #tell(event: PeerConnectionEvent): void {
    if (this.#state !== 'closed') this.#onEvent(event);
  }

  #close(reason: ClosedReason): Promise<void> {
    // Whoever is told of the end may end it too, before the release has begun to be waited for.
    if (this.#state === 'closed') return this.#closing ?? Promise.resolve();
    this.#closing = this.#release(reason);
    return this.#closing;
  }

  async #release(reason: ClosedReason): Promise<void> {
    this.#state = 'closed';
    this.#timer?.[Symbol.dispose]();
    const scope = new Scope();
    // Last in, first out: channels and DTLS say goodbye while there is still a way to the peer.
    scope.defer(() => this.#place?.peer[Symbol.dispose]());
    scope.defer(() => this.#media[Symbol.dispose]());
    scope.defer(() => this.#association?.dtls[Symbol.dispose]());
    scope.defer(() => this.#channels?.[Symbol.dispose]());
    try {
      this.#onEvent({ type: 'closed', reason });
    } finally {
      await scope[Symbol.asyncDispose]();
    }
  }
}
