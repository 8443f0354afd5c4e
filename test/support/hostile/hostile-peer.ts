import assert from 'node:assert/strict';
import { parseSdp, type InboundSrtpContext, type OutboundSrtpContext, type SrtpProfile } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import type {
  Clock,
  DatagramSocket,
  DatagramSocketFactory,
  Random,
  TransportAddress,
} from '#services/kernel';
import { makeIceCredentials, type IceCredentials } from '../../../backend-janus/webrtc/ice/credentials.ts';
import { parseStun } from '../../../backend-janus/webrtc/ice/stun-message.ts';
import { printCheck } from '../checking-peer.ts';
import { HostileDtls } from './hostile-dtls.ts';
import { hostileOffer } from './hostile-offer.ts';

/** Where a far end lives. */
export interface HostileWorld {
  readonly sockets: DatagramSocketFactory;
  readonly clock: Clock;
  readonly random: Random;
}

/** How one far end is made. */
export interface HostilePeerOptions {
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default client, so that the other side is the DTLS server. */
  readonly dtlsRole?: 'client' | 'server';
  /** Default AEAD_AES_128_GCM. */
  readonly profile?: SrtpProfile;
}

/** Called with what the far end is about to send or has received. */
type Watch = (datagram: Buffer) => void;

/** A check is repeated so often until it is answered, and then to keep consent. */
const checkMs = 50;
const consentMs = 4_000;

/**
 * A WebRTC peer made of pieces: it checks, shakes hands and encrypts like an honest one, and sends any bytes that a
 * test wants, bare or under its own protection.
 */
export class HostilePeer implements AsyncDisposable {
  readonly offer: string;
  readonly dtls: HostileDtls;
  /** Decrypted RTP and RTCP packets that arrived. */
  rtpReceived = 0;
  rtcpReceived = 0;
  /** Told of each decrypted RTP packet; it is valid during the call. */
  onRtp: Watch = () => undefined;
  /** Told of each decrypted RTCP packet. */
  onRtcp: Watch = () => undefined;
  /** DTLS datagrams sent so far during the handshake. */
  readonly flights: Buffer[] = [];
  /** Told of each DTLS datagram before it leaves. */
  beforeDtls: Watch = () => undefined;
  readonly #world: HostileWorld;
  readonly #credentials: IceCredentials;
  #socket: DatagramSocket | undefined;
  #server: { readonly address: TransportAddress; readonly credentials: IceCredentials } | undefined;
  #timer: Disposable | undefined;
  #isChecked = false;
  #inbound: InboundSrtpContext | undefined;
  #outbound: OutboundSrtpContext | undefined;
  #isClosed = false;

  private constructor(
    world: HostileWorld,
    { dtlsRole = 'client', profile = 'AEAD_AES_128_GCM' }: HostilePeerOptions,
  ) {
    this.#world = world;
    this.#credentials = makeIceCredentials(world.random);
    this.offer = hostileOffer(this.#credentials, dtlsRole === 'client' ? 'active' : 'passive');
    const send = (datagram: Buffer): void => {
      this.flights.push(datagram);
      this.beforeDtls(datagram);
      this.send(datagram);
    };
    this.dtls = new HostileDtls({ role: dtlsRole, profile }, send, () => this.#open());
  }

  /** Binds a free port. */
  static async open(world: HostileWorld, options: HostilePeerOptions = {}): Promise<HostilePeer> {
    const peer = new HostilePeer(world, options);
    const local = { address: options.address ?? '127.0.0.1', port: 0 };
    peer.#socket = await world.sockets.bind(local, { receive: (datagram) => peer.#receive(datagram) });
    return peer;
  }

  get local(): TransportAddress {
    assert.ok(this.#socket);
    return this.#socket.local;
  }

  /** Where the other side is; known from its answer on. */
  get server(): TransportAddress {
    assert.ok(this.#server);
    return this.#server.address;
  }

  /** The other side's, from its answer. */
  get serverCredentials(): IceCredentials {
    assert.ok(this.#server);
    return this.#server.credentials;
  }

  get ufrag(): string {
    return this.#credentials.ufrag;
  }

  /** An authenticated check was answered. */
  get isChecked(): boolean {
    return this.#isChecked;
  }

  /** Media may be sent. */
  get isConnected(): boolean {
    return this.#outbound !== undefined;
  }

  /** Takes the answer, and stays silent until `start`. */
  accept(answerSdp: string): void {
    const media = parseSdp(answerSdp).media.find(
      ({ iceUfrag, isRejected }) => iceUfrag !== undefined && !isRejected,
    );
    const [, , , , address = '', port = ''] = media?.candidates[0]?.split(' ') ?? [];
    const { iceUfrag: ufrag = '', icePwd: password = '' } = media ?? {};
    assert.ok(Number(port) > 0, 'an answer with a candidate');
    this.#server = { address: { address, port: Number(port) }, credentials: { ufrag, password } };
  }

  /** Checks until it is answered; DTLS follows by itself. */
  start(): void {
    if (this.#isClosed) return;
    this.send(this.check());
    const next = this.#world.clock.now() + (this.#isChecked ? consentMs : checkMs);
    this.#timer = this.#world.clock.at(next, () => this.start());
  }

  /** Never checks again, as one whose network is gone. */
  stopChecks(): void {
    this.#timer?.[Symbol.dispose]();
  }

  /** An authentic check that nominates this address. */
  check(): Buffer {
    return printCheck(this.serverCredentials, this.ufrag, { useCandidate: true });
  }

  /** Any bytes, to the other side. */
  send(datagram: Buffer): void {
    if (this.#isClosed || this.#server === undefined) return;
    this.#socket?.send(datagram, this.#server.address);
    this.#socket?.flush();
  }

  /** A packet under our protection, whatever follows its header; throws RangeError unless it has a header. */
  sealRtp(packet: Buffer): Buffer {
    return sealed(packet, this.#outbound, (outbound, out) =>
      outbound.protectRtp(packet, packet.length, packet, packet.length, out),
    );
  }

  /** As `sealRtp`; the header are the first eight bytes. */
  sealRtcp(packet: Buffer): Buffer {
    return sealed(packet, this.#outbound, (outbound, out) => outbound.protectRtcp(packet, out));
  }

  /** Vanishes without a goodbye. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.stopChecks();
    this.dtls[Symbol.dispose]();
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #receive(datagram: Buffer): void {
    const first = datagram[0] ?? 255;
    if (first < 4) this.#receiveStun(Buffer.from(datagram));
    else if (first < 64) this.dtls.receive(datagram);
    else if (first >= 128) this.#receiveMedia(datagram);
  }

  #receiveStun(datagram: Buffer): void {
    if (this.#isChecked || parseStun(datagram)?.class !== 'success') return;
    this.#isChecked = true;
    this.dtls.start();
  }

  #open(): void {
    const { inbound, outbound } = this.dtls.srtpKeys();
    this.#inbound = srtpContexts.inbound(inbound);
    this.#outbound = srtpContexts.outbound(outbound);
  }

  #receiveMedia(datagram: Buffer): void {
    const type = (datagram[1] ?? 0) & 0x7f;
    const isRtcp = type >= 64 && type < 96;
    const bytes = isRtcp ? this.#inbound?.unprotectRtcp(datagram) : this.#inbound?.unprotectRtp(datagram);
    if (bytes === undefined || bytes < 0) return;
    if (isRtcp) this.rtcpReceived += 1;
    else this.rtpReceived += 1;
    (isRtcp ? this.onRtcp : this.onRtp)(datagram.subarray(0, bytes));
  }
}

function sealed(
  packet: Buffer,
  outbound: OutboundSrtpContext | undefined,
  protect: (outbound: OutboundSrtpContext, out: Buffer) => number,
): Buffer {
  assert.ok(outbound);
  const out = Buffer.alloc(packet.length + outbound.overhead);
  const bytes = protect(outbound, out);
  if (bytes < 0) throw new RangeError(`refused: ${bytes}`);
  return out.subarray(0, bytes);
}
