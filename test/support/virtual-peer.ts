import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  offeredStreams,
  parseRtcp,
  parseSdp,
  type InboundSrtpContext,
  type LocalTransport,
  type NegotiatedOffer,
  type NegotiatedSession,
  type OutboundSrtpContext,
  type StreamPlan,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import type { Clock, DatagramSocket, DatagramSocketFactory, TransportAddress } from '#services/kernel';
import { makeCertificate, type Certificate } from '../../backend-janus/webrtc/dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../../backend-janus/webrtc/dtls/dtls-transport.ts';
import type { RemotePeer } from '../contract/peer-connection.ts';
import { printCheck } from './checking-peer.ts';
import { rtpBytes } from './rtp-stream.ts';
import { protectRtp } from './srtp-packets.ts';

type Kind = StreamPlan['kind'];

/** More often than a browser checks its consent, so that tests need not wait for it. */
const betweenChecksMs = 500;

const betweenPacketsMs = 20;

let made = 0;

/** What surrounds a VirtualPeer. */
export interface VirtualSurroundings {
  readonly clock: Clock;
  readonly network: DatagramSocketFactory;
  /** The UDP port of the connections that it talks to. */
  readonly server: TransportAddress;
}

/** A full ICE agent with DTLS and SRTP on a virtual network: a browser without codecs and without SCTP. */
export class VirtualPeer implements RemotePeer {
  /** Set false before `accept`: nobody is checked, and so nobody reached, until `check`. */
  checksByItself = true;
  /** Set false before `accept`: DTLS is never begun. */
  doesHandshake = true;
  /** Of the packet that was sent last. */
  sequence = 0;
  /** The kinds of RTCP packets that were meant for it, in order. */
  readonly reports: string[] = [];
  /** Everything SRTP that arrived, as it was on the network. */
  readonly arrived: Buffer[] = [];
  readonly #surroundings: VirtualSurroundings;
  readonly #certificate: Certificate;
  readonly #name: string;
  readonly #kinds: Kind[] = [];
  readonly #removed = new Set<string>();
  readonly #ssrcs = new Map<string, number>();
  #firstSsrc = 1000;
  readonly #flows = new Map<string, Disposable>();
  readonly #received = new Map<string, number>();
  #socket: DatagramSocket;
  #generation = 0;
  #checkTimer: Disposable | undefined;
  #offer: NegotiatedOffer | undefined;
  #session: NegotiatedSession | undefined;
  #dtls: DtlsTransport | undefined;
  #inbound: InboundSrtpContext | undefined;
  #outbound: OutboundSrtpContext | undefined;
  #versions = 0;

  private constructor(surroundings: VirtualSurroundings, certificate: Certificate, socket: DatagramSocket) {
    this.#surroundings = surroundings;
    this.#certificate = certificate;
    this.#socket = socket;
    made += 1;
    this.#name = `peer${made}`;
  }

  /** Makes one at `address`, with a certificate of its own. */
  static async open(surroundings: VirtualSurroundings, address = '198.51.100.1'): Promise<VirtualPeer> {
    const certificate = makeCertificate(surroundings.clock.wallTime());
    let peer: VirtualPeer | undefined = undefined;
    const receive = (datagram: Buffer, _from: TransportAddress, now: number): void =>
      peer?.receive(datagram, now);
    const socket = await surroundings.network.bind({ address, port: 0 }, { receive });
    peer = new VirtualPeer(surroundings, certificate, socket);
    return peer;
  }

  offer(kinds: readonly Kind[], { restartsIce = false } = {}): Promise<string> {
    if (restartsIce) this.#generation += 1;
    this.#kinds.push(...kinds.slice(this.#kinds.length));
    const plans = this.#kinds.map((kind, index) => plan(kind, String(index)));
    const wanted = plans.filter(({ mid = '' }) => !this.#removed.has(mid));
    this.#offer = negotiateOffer(wanted, this.#local, this.#session?.media);
    return Promise.resolve(this.#offer.sdp);
  }

  async removing(mid: string): Promise<string> {
    this.stopRtp(mid);
    this.#removed.add(mid);
    const sdp = await this.offer(this.#kinds);
    this.#removed.delete(mid);
    return sdp;
  }

  accept(answerSdp: string): Promise<void> {
    if (this.#offer === undefined) throw new RangeError('nothing was offered');
    this.#meet(acceptAnswer(this.#offer, answerSdp));
    return Promise.resolve();
  }

  answer(offerSdp: string): Promise<string> {
    const offer = parseSdp(offerSdp);
    const plans = offeredStreams(offer).map(({ kind, mid }) => plan(kind, mid));
    this.#generation += this.#session && this.#session.transport.iceUfrag !== ufragOf(offerSdp) ? 1 : 0;
    const session = negotiateAnswer(offer, plans, this.#local);
    this.#meet(session);
    return Promise.resolve(session.sdp);
  }

  startRtp(mid: string): void {
    const { clock } = this.#surroundings;
    const send = (): void => {
      this.#flows.set(mid, clock.at(clock.now() + betweenPacketsMs, send));
      this.sendRtp(mid);
    };
    send();
  }

  stopRtp(mid: string): void {
    this.#flows.get(mid)?.[Symbol.dispose]();
    this.#flows.delete(mid);
  }

  rtpReceived(mid: string): number {
    return this.#received.get(mid) ?? 0;
  }

  sendData(): void {
    throw new RangeError('it has no data channels');
  }

  dataReceived(): readonly string[] {
    return [];
  }

  channelsReceived(): readonly string[] {
    return [];
  }

  vanish(): void {
    this.#checkTimer?.[Symbol.dispose]();
    for (const mid of [...this.#flows.keys()]) this.stopRtp(mid);
    void this.#socket[Symbol.asyncDispose]();
    // Its goodbye goes nowhere, as the socket is closed.
    this.#dtls?.[Symbol.dispose]();
  }

  close(): Promise<void> {
    this.#dtls?.[Symbol.dispose]();
    this.vanish();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One packet on the m-line; gives it as it was sent. */
  sendRtp(mid: string): Buffer | undefined {
    const send = this.#session?.media.find((media) => media.mid === mid)?.send;
    if (send === undefined || this.#outbound === undefined) return undefined;
    this.sequence += 1;
    const { ssrc, codec } = send;
    const timestamp = this.sequence * 960;
    const { payloadType } = codec;
    const sequenceNumber = this.sequence & 0xffff;
    const bytes = rtpBytes({ ssrc, payloadType, sequenceNumber, timestamp });
    const packet = protectRtp(this.#outbound, bytes);
    this.send(packet);
    return packet;
  }

  /** From the next offer on its streams have other SSRCs. */
  renewSsrcs(): void {
    this.#firstSsrc += this.#ssrcs.size;
    this.#ssrcs.clear();
  }

  /** Puts a datagram of any kind on the network. */
  send(datagram: Buffer): void {
    this.#socket.send(datagram, this.#surroundings.server);
    this.#socket.flush();
  }

  /** Nominates the pair of its address and the server's. */
  check(): void {
    const { iceUfrag: ufrag, icePwd: password } = this.#session?.transport ?? { iceUfrag: '', icePwd: '' };
    this.send(printCheck({ ufrag, password }, this.#local.iceUfrag, { useCandidate: true }));
  }

  /** Its consent is not renewed; everything else goes on. */
  stopChecking(): void {
    this.#checkTimer?.[Symbol.dispose]();
  }

  /** Goes on from another address, as a phone that leaves its network. */
  async moveTo(address: string): Promise<void> {
    const before = this.#socket;
    const receive = (datagram: Buffer, _from: TransportAddress, now: number): void =>
      this.receive(datagram, now);
    this.#socket = await this.#surroundings.network.bind({ address, port: 0 }, { receive });
    await before[Symbol.asyncDispose]();
  }

  /** For its socket. */
  receive(datagram: Buffer, now: number): void {
    const first = datagram[0] ?? 0;
    if (first >= 20 && first < 64) this.#dtls?.receive(datagram, now);
    else if (first >= 128) this.#takeMedia(datagram);
  }

  get #local(): LocalTransport {
    this.#versions += 1;
    return {
      iceUfrag: `${this.#name}gen${this.#generation}`,
      icePwd: 'a+password+of/enough+length',
      isIceLite: false,
      fingerprints: [this.#certificate.fingerprint],
      candidates: [],
      hasAllCandidates: true,
      origin: { sessionId: '1', version: this.#versions },
      cname: this.#name,
      hasTransportCc: false,
      allocateSsrc: (mid, use) => this.#ssrc(`${mid}/${use}`),
    };
  }

  #ssrc(key: string): number {
    const ssrc = this.#ssrcs.get(key) ?? this.#firstSsrc + this.#ssrcs.size;
    this.#ssrcs.set(key, ssrc);
    return ssrc;
  }

  #meet(session: NegotiatedSession): void {
    this.#session = session;
    if (this.doesHandshake) this.#dtls ??= this.#handshake(session);
    if (this.checksByItself) this.#keepChecking();
  }

  #keepChecking(): void {
    const { clock } = this.#surroundings;
    this.#checkTimer?.[Symbol.dispose]();
    this.#checkTimer = clock.at(clock.now() + betweenChecksMs, () => this.#keepChecking());
    this.check();
    this.#dtls?.start();
  }

  #handshake({ transport, dtlsRole }: NegotiatedSession): DtlsTransport {
    const role = dtlsRole === 'passive' ? 'server' : 'client';
    const { fingerprints } = transport;
    return new DtlsTransport(
      { role, certificate: this.#certificate, clock: this.#surroundings.clock, fingerprints },
      (datagram) => this.send(datagram),
      (event) => this.#onDtls(event),
    );
  }

  #onDtls(event: DtlsEvent): void {
    if (event.type !== 'connected') return;
    this.#inbound = srtpContexts.inbound(event.inbound);
    this.#outbound = srtpContexts.outbound(event.outbound);
  }

  #takeReport(datagram: Buffer): void {
    const bytes = this.#inbound?.unprotectRtcp(datagram) ?? -1;
    if (bytes < 0) return;
    for (const { type } of parseRtcp(datagram.subarray(0, bytes)) ?? []) this.reports.push(type);
  }

  #takeMedia(datagram: Buffer): void {
    this.arrived.push(Buffer.from(datagram));
    const isRtcp = ((datagram[1] ?? 0) & 0x7f) >= 64 && ((datagram[1] ?? 0) & 0x7f) < 96;
    if (isRtcp) return this.#takeReport(datagram);
    if ((this.#inbound?.unprotectRtp(datagram) ?? -1) < 0) return;
    const ssrc = datagram.readUInt32BE(8);
    const media = this.#session?.media.find(({ receive }) => receive?.ssrcs.some((one) => one.ssrc === ssrc));
    if (media !== undefined) this.#received.set(media.mid, this.rtpReceived(media.mid) + 1);
  }
}

function plan(kind: Kind, mid: string): StreamPlan {
  const codecs = { audio: ['opus'], video: ['VP8'], data: [] }[kind];
  return { mid, kind, direction: 'sendrecv', codecs };
}

function ufragOf(sdp: string): string | undefined {
  return parseSdp(sdp).media.find(({ isRejected }) => !isRejected)?.iceUfrag;
}
