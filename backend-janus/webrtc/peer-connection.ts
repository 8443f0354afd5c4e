import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  NegotiationError,
  parseSdp,
  requireTransport,
  type ChannelReliability,
  type CloseOptions,
  type DtlsRole,
  type ClosedReason,
  type Encoding,
  type IceCandidate,
  type LocalTransport,
  type NegotiatedMedia,
  type NegotiatedOffer,
  type NegotiatedSession,
  type OfferOptions,
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
import { Association, type AssociationOwner, type MediaKeys } from './connection/association.ts';
import { Ledger } from './connection/ledger.ts';
import { LocalIdentity } from './connection/local-identity.ts';
import { SilenceWatch } from './connection/silence-watch.ts';
import type { Certificate, Certificates } from './dtls/certificate.ts';
import { meetPeer } from './full-ice/meet-peer.ts';
import { makeIceCredentials } from './ice/credentials.ts';
import { MediaTransport } from './rtp/media-transport.ts';
import type { DatagramSink, IceCredentials, MuxPeer, UdpMux } from './udp-mux.ts';

/** What all connections of one UDP port share. */
export interface WebRtcParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly mux: UdpMux;
  readonly srtp: SrtpContextFactory;
  readonly certificates: Certificates;
  /** How peers reach the port, as in `a=candidate`, without `a=`; may change. */
  readonly candidates: readonly string[];
  /** We check every peer, and not only those that are lite. */
  readonly isFullIce: boolean;
}

/** Whom a connection tells. */
export interface ConnectionListener {
  tell(event: PeerConnectionEvent): void;
  /** Nothing of the connection is left. */
  released(): void;
}

/** How often reports are sent and watchdogs looked after (RFC 3550 section 6.2 allows a second at these rates). */
const tickMs = 1000;

/** Told within 10 s of the last packet, since it is looked for once a second; ends by RFC 7675 section 5.1. */
const defaultSilence = { warnAfterMs: 8_500, endAfterMs: 30_000 };

/** Our place on the UDP port: made by the first description, before anybody may use it. */
interface Place {
  readonly credentials: IceCredentials;
  readonly peer: MuxPeer;
}

/** An offer of ours that waits for its answer. */
interface PendingOffer {
  readonly offer: NegotiatedOffer;
  readonly credentials: IceCredentials;
}

/**
 * One WebRTC peer on the shared UDP port: ICE-lite, DTLS, SRTP, RTP and data channels.
 *
 * A peer that restarts ICE keeps its media until the new way is nominated. One that was made anew, and so comes with
 * another certificate, gets new keys and a new place on the port: nothing of the old one can enter.
 */
export class WebRtcPeerConnection implements PeerConnection {
  readonly #parts: WebRtcParts;
  readonly #options: PeerConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #certificate: Certificate;
  readonly #ledger = new Ledger();
  readonly #media: MediaTransport;
  readonly #identity: LocalIdentity;
  readonly #silence: SilenceWatch;
  #place: Place | undefined;
  #pendingOffer: PendingOffer | undefined;
  #association: Association | undefined;
  /** The m-lines of both sides, in order. */
  #agreed: readonly NegotiatedMedia[] = [];
  #heardAt = -Infinity;
  #state: 'new' | 'connecting' | 'connected' | 'closed' = 'new';
  #wasConnected = false;
  #closing: Promise<void> | undefined;

  constructor(parts: WebRtcParts, options: PeerConnectionOptions, listener: ConnectionListener) {
    this.#parts = parts;
    this.#options = options;
    this.#listener = listener;
    const { random, certificates } = parts;
    const { id, slowLinkThreshold = 0 } = options;
    const certificate = certificates.current;
    this.#certificate = certificate;
    this.#identity = new LocalIdentity({ random, certificate, cname: id });
    this.#silence = new SilenceWatch({ ...defaultSilence, ...options.silence });
    this.#media = new MediaTransport(parts, { cname: id, slowLinkThreshold }, (event) => this.#tell(event));
  }

  /** What it holds, or is releasing; zero before its first description and after its end. */
  get holdings(): number {
    return this.#ledger.size;
  }

  async offer(streams: readonly StreamPlan[], options: OfferOptions = {}): Promise<string> {
    return await Promise.resolve(this.#offer(streams, options));
  }

  async answer(offerSdp: string, streams: readonly StreamPlan[]): Promise<string> {
    return await Promise.resolve(this.#answer(offerSdp, streams));
  }

  async acceptAnswer(sdp: string): Promise<void> {
    this.#acceptAnswer(sdp);
    await Promise.resolve();
  }

  addCandidate(candidate: IceCandidate | undefined): void {
    if (candidate !== undefined) this.#place?.peer.addCandidate(candidate.candidate);
  }

  receive(mid: string, open: (encoding: Encoding) => RtpSink): Disposable {
    return this.#media.receive(mid, open);
  }

  sender(mid: string): RtpSender {
    return this.#media.sender(mid);
  }

  sendData(label: string, payload: string | Buffer): boolean {
    return this.#state !== 'closed' && this.#association?.sendMessage(label, payload) === true;
  }

  openChannel(label: string, reliability: ChannelReliability = { isOrdered: true }): boolean {
    return this.#state !== 'closed' && this.#association?.openChannel(label, reliability) === true;
  }

  closeChannel(label: string, options: CloseOptions = {}): void {
    this.#association?.closeChannel(label, options);
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

  #offer(streams: readonly StreamPlan[], { restartsIce = false }: OfferOptions): string {
    this.#assertOpen();
    const known = restartsIce && this.#association ? undefined : this.#place?.credentials;
    const credentials = known ?? makeIceCredentials(this.#parts.random);
    const { role, remote } = this.#association ?? {};
    const local = this.#describe(credentials, role, remote?.isIceLite === true);
    const offer = negotiateOffer(streams, local, this.#agreed);
    this.#place ??= this.#admit(credentials);
    this.#pendingOffer = { offer, credentials };
    return offer.sdp;
  }

  #acceptAnswer(sdp: string): void {
    this.#assertOpen();
    if (this.#pendingOffer === undefined) throw new NegotiationError('there is no offer of ours to answer');
    const { offer, credentials } = this.#pendingOffer;
    const session = acceptAnswer(offer, sdp);
    this.#pendingOffer = undefined;
    this.#apply(session, credentials, true);
  }

  #answer(offerSdp: string, streams: readonly StreamPlan[]): string {
    this.#assertOpen();
    if (this.#pendingOffer !== undefined) throw new NegotiationError('our own offer waits for its answer');
    const offer = parseSdp(offerSdp);
    const remote = requireTransport(offer);
    const credentials = this.#credentialsFor(remote);
    // Only with an association that goes on the role stays as it is (RFC 8842 section 5.3).
    const role = this.#association?.isWith(remote) === true ? this.#association.role : undefined;
    const local = this.#describe(credentials, role, remote.isIceLite);
    const session = negotiateAnswer(offer, streams, local);
    this.#apply(session, credentials, false);
    return session.sdp;
  }

  #assertOpen(): void {
    if (this.#state === 'closed') throw new NegotiationError('the connection is closed');
  }

  /** New ones at first, and when the peer restarts ICE (RFC 8445 section 9). */
  #credentialsFor(remote: RemoteTransport): IceCredentials {
    const known = this.#association?.remote.iceUfrag;
    const isRestart = known !== undefined && known !== remote.iceUfrag;
    return (isRestart ? undefined : this.#place?.credentials) ?? makeIceCredentials(this.#parts.random);
  }

  /** A peer that is lite meets a full agent in us. */
  #describe(
    credentials: IceCredentials,
    dtlsRole: DtlsRole | undefined,
    isPeerLite: boolean,
  ): LocalTransport {
    const isIceLite = !this.#parts.isFullIce && !isPeerLite;
    return this.#identity.describe(credentials, { dtlsRole, isIceLite, candidates: this.#parts.candidates });
  }

  #admit(credentials: IceCredentials): Place {
    const peer = this.#ledger.hold('place', this.#parts.mux.add(credentials, this.#sink()));
    this.#media.bind(peer);
    this.#ledger.hold('media', this.#media);
    return { credentials, peer };
  }

  /** Takes what an offer and its answer agreed on; `credentials` are those that our description names. */
  #apply(session: NegotiatedSession, credentials: IceCredentials, isOfferer: boolean): void {
    const isNewPeer = this.#association?.isWith(session.transport) === false;
    const peer = this.#placeFor(credentials, isNewPeer);
    meetPeer(peer, session.transport, { isFull: this.#parts.isFullIce, isOfferer });
    if (isNewPeer) this.#forgetPeer();
    this.#association ??= this.#associate(peer, session);
    this.#association.negotiated(session);
    this.#agreed = session.media;
    this.#identity.agreed(session.media);
    this.#media.negotiated(session.media);
    // A client speaks first, so it waits until there is an address to speak to.
    if (session.dtlsRole === 'passive' || peer.remote !== undefined) this.#association.start();
  }

  /** A peer that was made anew has no address in common with the one before, unless it did not restart ICE. */
  #placeFor(credentials: IceCredentials, isNewPeer: boolean): MuxPeer {
    const place = this.#place;
    const isSame = place?.credentials === credentials;
    if (place === undefined || (isNewPeer && !isSame)) return (this.#place = this.#admit(credentials)).peer;
    if (!isSame) place.peer.restart(credentials);
    this.#place = { credentials, peer: place.peer };
    return place.peer;
  }

  /** Without a word to it: the streams that it hears end for it alone. */
  #forgetPeer(): void {
    this.#ledger.forget('goodbye');
    this.#association?.release();
    this.#association = undefined;
    this.#media.restart();
  }

  #associate(peer: MuxPeer, session: NegotiatedSession): Association {
    const { clock } = this.#parts;
    this.#state = 'connecting';
    const due = clock.now() + this.#options.connectTimeoutMs;
    this.#ledger.timer('connect', clock, due, () => this.#connectTimedOut());
    return new Association(session, this.#associationOwner(peer));
  }

  #associationOwner(peer: MuxPeer): AssociationOwner {
    const { clock, random } = this.#parts;
    return {
      certificate: this.#certificate,
      clock,
      random,
      ledger: this.#ledger,
      send: (datagram) => this.#transmit(peer, datagram),
      connected: (keys) => this.#connected(keys),
      opened: (label, reliability) => this.#tell({ type: 'channel', label, reliability }),
      shut: (label) => this.#tell({ type: 'channel_closed', label }),
      message: (label, payload) => this.#tell({ type: 'data', label, payload }),
      heard: () => (this.#heardAt = clock.now()),
      ended: (reason) => this.#closeItself(reason),
    };
  }

  #sink(): DatagramSink {
    return {
      dtls: (datagram, now) => this.#association?.receive(datagram, now),
      rtp: (datagram, now) => this.#media.rtp(datagram, now),
      rtcp: (datagram, now) => this.#media.rtcp(datagram, now),
      addressChanged: () => this.#onAddress(),
    };
  }

  #onAddress(): void {
    if (this.#state === 'connecting') this.#association?.start();
  }

  #connected({ inbound, outbound }: MediaKeys): void {
    this.#state = 'connected';
    this.#ledger.drop('connect');
    this.#media.start(inbound, outbound);
    this.#tick();
    // Released before DTLS, while the peer still listens.
    this.#ledger.hold('goodbye', { [Symbol.dispose]: () => this.#media.goodbye() });
    if (!this.#wasConnected) this.#tell({ type: 'connected' });
    this.#wasConnected = true;
  }

  /** What the peer lacked says which part failed: a check that we could believe, or the handshake after it. */
  #connectTimedOut(): void {
    this.#closeItself(this.#place?.peer.remote === undefined ? 'ice_failed' : 'dtls_timeout');
  }

  readonly #tick = (): void => {
    const { clock } = this.#parts;
    const now = clock.now();
    this.#ledger.timer('tick', clock, now + tickMs, this.#tick);
    if (this.#state === 'connected' && !this.#isThere(now)) return;
    this.#media.tick(now);
    this.#place?.peer.flush();
  };

  /** False if the peer was given up. */
  #isThere(now: number): boolean {
    const checkedAt = this.#place?.peer.lastCheckAt ?? now;
    const silence = this.#silence.look(now, checkedAt, Math.max(this.#heardAt, this.#media.heardAt));
    if (silence === 'silent') this.#tell({ type: 'silent' });
    else if (silence !== 'alive') this.#closeItself(silence);
    return this.#state !== 'closed';
  }

  /** Handshakes and data channels speak outside the bursts that the socket flushes by itself. */
  #transmit(peer: MuxPeer, datagram: Buffer): void {
    peer.send(datagram);
    peer.flush();
  }

  #tell(event: PeerConnectionEvent): void {
    if (this.#state !== 'closed') this.#listener.tell(event);
  }

  #closeItself(reason: ClosedReason): void {
    // Whoever disposes of the connection learns what could not be released.
    this.#close(reason).catch(() => undefined);
  }

  /** Tells of the end, then releases; whoever is told may dispose at once, and waits for the same release. */
  #close(reason: ClosedReason): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    this.#state = 'closed';
    this.#closing = Promise.resolve()
      .then(() => this.#ledger[Symbol.asyncDispose]())
      .finally(() => this.#listener.released());
    this.#listener.tell({ type: 'closed', reason });
    return this.#closing;
  }
}
