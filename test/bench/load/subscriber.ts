import { negotiateAnswer, offeredStreams, parseSdp } from '#janus/media';
import type { Contestant, Invitation } from '../servers/contestant.ts';
import { LoadPeer, type Secured } from './load-peer.ts';
import { sentAt } from './stream.ts';

/** Of the packets of a subscriber that measures delays, one in so many is decrypted. */
const probedEvery = 16;

/** Measured delays that are kept. */
const mostDelays = 20_000;

/** Takes a stream from a server: proves by its first packet that it can be decrypted, then counts. */
export class Subscriber implements AsyncDisposable {
  packets = 0;
  bytes = 0;
  rtcpPackets = 0;
  /** When the answer was given to the server, and when the first packet was decrypted, by `performance.now()`. */
  answeredAt = 0;
  firstPacketAt: number | undefined;
  /** Resolves with the milliseconds from the answer to the first packet. */
  readonly flowing: Promise<number>;
  readonly #peer: LoadPeer;
  #invitation: Invitation | undefined;
  #secured: Secured | undefined;
  #delaysMs: number[] | undefined;
  #resolveFlowing: (setUpMs: number) => void = () => undefined;

  private constructor(peer: LoadPeer) {
    this.#peer = peer;
    this.flowing = new Promise((resolve) => {
      this.#resolveFlowing = resolve;
    });
  }

  /** Takes an invitation of the server and connects. */
  static async open(server: Contestant): Promise<Subscriber> {
    const late: { subscriber?: Subscriber } = {};
    const peer = await LoadPeer.open(server.address, (datagram) => late.subscriber?.media(datagram));
    const subscriber = new Subscriber(peer);
    late.subscriber = subscriber;
    try {
      await subscriber.#connect(server);
      return subscriber;
    } catch (cause) {
      await subscriber[Symbol.asyncDispose]();
      throw cause;
    }
  }

  get profile(): string {
    return this.#secured?.profile ?? 'none';
  }

  /** Takes RTP and RTCP from the wire; an RTCP packet has a type from 64 to 95 (RFC 5761 section 4). */
  media(datagram: Buffer): void {
    if (((datagram[1] ?? 0) & 0x60) === 0x40) {
      this.rtcpPackets += 1;
      return;
    }
    this.packets += 1;
    this.bytes += datagram.length;
    if (this.firstPacketAt === undefined) this.#proveFirst(datagram);
    else if (this.#delaysMs !== undefined && this.packets % probedEvery === 0)
      this.#measure(datagram, this.#delaysMs);
  }

  /** Measures delays from here on. */
  beginProbe(): void {
    this.#delaysMs = [];
  }

  /** Milliseconds from the publisher's socket to here, of the packets that were measured. */
  endProbe(): readonly number[] {
    const delays = this.#delaysMs ?? [];
    this.#delaysMs = undefined;
    return delays;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#invitation?.leave();
    await this.#peer[Symbol.asyncDispose]();
  }

  async #connect(server: Contestant): Promise<void> {
    this.#invitation = await server.invite();
    const offer = parseSdp(withoutExtensions(this.#invitation.offer));
    const plans = offeredStreams(offer).map(
      ({ mid, kind, codecNames: codecs }) => ({ mid, kind, direction: 'recvonly', codecs }) as const,
    );
    const session = negotiateAnswer(offer, plans, this.#peer.local);
    this.answeredAt = performance.now();
    const accepted = this.#invitation.accept(session.sdp);
    this.#secured = await this.#peer.connect(session, session.transport.isIceLite);
    await accepted;
  }

  #proveFirst(datagram: Buffer): void {
    const bytes = this.#secured?.inbound.unprotectRtp(datagram) ?? 0;
    if (bytes <= 0) return;
    this.firstPacketAt = performance.now();
    this.#resolveFlowing(this.firstPacketAt - this.answeredAt);
  }

  #measure(datagram: Buffer, delaysMs: number[]): void {
    const bytes = this.#secured?.inbound.unprotectRtp(datagram) ?? 0;
    if (bytes > 0 && delaysMs.length < mostDelays) delaysMs.push(performance.now() - sentAt(datagram, bytes));
  }
}

/** Servers differ in what they offer; every one is left with the mid alone, so that all write the same packets. */
function withoutExtensions(sdp: string): string {
  const isOther = (line: string): boolean => line.startsWith('a=extmap:') && !line.endsWith('sdes:mid');
  return sdp
    .split('\r\n')
    .filter((line) => !isOther(line))
    .join('\r\n');
}
