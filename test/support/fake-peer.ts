import {
  acceptAnswer,
  type ChannelReliability,
  negotiateAnswer,
  negotiateOffer,
  offeredStreams,
  parseSdp,
  type LocalTransport,
  type NegotiatedOffer,
  type NegotiatedSession,
  type RtpPacket,
} from '#janus/media';
import type { FakeFarEnd, FakePeerConnection, FakePeerConnectionFactory } from './fake-peer-connection.ts';
import { fakeTransport } from './fake-transport.ts';
import { rtpBytes } from './rtp-stream.ts';

type Kind = 'audio' | 'video' | 'data';

/** A VP8 descriptor of one byte, then the header of a keyframe (RFC 7741 section 4.3); audio may look like anything. */
const keyframe = [0x10, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];

let made = 0;

/** A browser without media engine: it talks to the fake connections of one factory. */
export class FakePeer implements FakeFarEnd {
  readonly openChannels = new Set<string>();
  /** Those that were opened to it. */
  readonly channelsReceived = new Map<string, ChannelReliability>();
  readonly dataReceived: (string | Buffer)[] = [];
  hasClosed = false;
  readonly #factory: FakePeerConnectionFactory;
  #local: LocalTransport;
  #offer: NegotiatedOffer | undefined;
  #session: NegotiatedSession | undefined;
  #connection: FakePeerConnection | undefined;
  #sequence = 0;

  constructor(factory: FakePeerConnectionFactory, id = 'browser') {
    this.#factory = factory;
    made = (made + 1) % 0xaa;
    this.#local = fakeTransport(id, made.toString(16).padStart(2, '0').toUpperCase());
  }

  get iceUfrag(): string {
    return this.#local.iceUfrag;
  }

  /** An offer of one m-line per kind, sending and receiving, without those that are removed. */
  offer(kinds: readonly Kind[], { restartsIce = false, removed = '' } = {}): string {
    if (restartsIce) this.#local = { ...this.#local, iceUfrag: `${this.#local.iceUfrag}again` };
    const plans = kinds.map((kind, index) => ({
      kind,
      mid: String(index),
      direction: 'sendrecv' as const,
      codecs: kind === 'audio' ? ['opus', 'PCMU'] : kind === 'video' ? ['VP8', 'H264'] : [],
    }));
    const wanted = plans.filter(({ mid }) => mid !== removed);
    this.#offer = negotiateOffer(wanted, this.#local, this.#session?.media);
    return this.#offer.sdp;
  }

  /** Takes the answer to its offer, and connects. Throws NegotiationError if it is none. */
  accept(answerSdp: string): void {
    if (this.#offer === undefined) throw new RangeError('nothing was offered');
    this.#meet(acceptAnswer(this.#offer, answerSdp));
  }

  /** Takes an offer whole, or with the codecs wanted of each kind, and connects. */
  answer(offerSdp: string, wanted: Partial<Record<Kind, readonly string[]>> = {}): string {
    const offer = parseSdp(offerSdp);
    const plans = offeredStreams(offer).map(({ mid, kind, codecNames }) => ({
      mid,
      kind,
      direction: 'sendrecv' as const,
      codecs: wanted[kind] ?? codecNames,
    }));
    const session = negotiateAnswer(offer, plans, this.#local);
    this.#meet(session);
    return session.sdp;
  }

  /** Sends packets of media; each begins a keyframe. */
  sendRtp(mid: string, count = 1): void {
    const send = this.#session?.media.find((media) => media.mid === mid)?.send;
    if (send === undefined) throw new RangeError(`mid ${mid} does not send`);
    for (let left = count; left > 0; left -= 1) {
      this.#sequence += 1;
      const { ssrc, codec } = send;
      const timestamp = this.#sequence * 960;
      const plan = { ssrc, payloadType: codec.payloadType, sequenceNumber: this.#sequence, timestamp };
      this.#connection?.arrive(mid, rtpBytes({ ...plan, payload: keyframe }));
    }
  }

  /** What arrived on `mid` so far. */
  received(mid: string): readonly RtpPacket[] {
    return this.#connection?.sentOn(mid)?.sent ?? [];
  }

  openChannel(label: string, reliability?: ChannelReliability): void {
    this.openChannels.add(label);
    this.#connection?.channelOpens(label, reliability);
  }

  closeChannel(label: string): void {
    this.channelClosed(label);
    this.#connection?.channelCloses(label);
  }

  channelOpened(label: string, reliability: ChannelReliability): void {
    this.channelsReceived.set(label, reliability);
  }

  channelClosed(label: string): void {
    this.openChannels.delete(label);
    this.channelsReceived.delete(label);
  }

  sendData(label: string, payload: string | Buffer): void {
    this.#connection?.dataArrives(label, payload);
  }

  takeData(_label: string, payload: string | Buffer): void {
    this.dataReceived.push(payload);
  }

  closed(): void {
    this.hasClosed = true;
  }

  /** Falls silent without goodbye. */
  vanish(): void {
    this.#connection?.fallSilent();
  }

  /** Says goodbye, as a page that closes. */
  close(): void {
    this.#connection?.fail('dtls_alert');
  }

  #meet(session: NegotiatedSession): void {
    this.#session = session;
    this.#connection = this.#factory.find(session.transport.iceUfrag);
    const connection = this.#connection;
    queueMicrotask(() => connection?.connect(this));
  }
}
