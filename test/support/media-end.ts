import {
  acceptAnswer,
  negotiateAnswer,
  negotiateOffer,
  parseSdp,
  type NegotiatedSession,
  type PeerConnectionEvent,
  type StreamPlan,
} from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import type { Clock, DatagramSocket, DatagramSocketFactory, TransportAddress } from '#services/kernel';
import { MediaTransport } from '../../backend-janus/webrtc/rtp/media-transport.ts';
import { localTransport } from '../fixtures/sdp/local-transport.ts';
import { SeededRandom } from './seeded-random.ts';
import { srtpKeys } from './srtp-packets.ts';

/** What a leg differs by; the rest is as connections have it. */
export interface LegOptions {
  readonly hasTransportCc?: boolean;
  readonly slowLinkThreshold?: number;
  /** Changes an offer before it is answered. */
  readonly edit?: (sdp: string) => string;
}

/** Two ends with media between them, as an offer and its answer agreed; ICE and DTLS are left out. */
export interface MediaLeg extends AsyncDisposable {
  readonly offerer: MediaEnd;
  readonly answerer: MediaEnd;
}

/** Connects two ends; `plans` are the offerer's, and `port` and the one after it are theirs. */
export async function connectMedia(
  clock: Clock,
  sockets: DatagramSocketFactory,
  port: number,
  plans: readonly StreamPlan[],
  options: LegOptions = {},
): Promise<MediaLeg> {
  const [left, right] = [port, port + 1].map((each) => ({ address: '192.0.2.1', port: each }));
  if (left === undefined || right === undefined) throw new RangeError('there are two ends');
  const threshold = options.slowLinkThreshold ?? 0;
  const offerer = await MediaEnd.open(clock, sockets, left, right, threshold);
  const answerer = await MediaEnd.open(clock, sockets, right, left, threshold);
  const [offered, answered] = negotiateMedia(plans, port, options);
  const keys = [srtpKeys('AEAD_AES_128_GCM', port), srtpKeys('AEAD_AES_128_GCM', port + 1)] as const;
  offerer.media.negotiated(offered.media);
  answerer.media.negotiated(answered.media);
  offerer.media.start(keys[1], keys[0]);
  answerer.media.start(keys[0], keys[1]);
  return {
    offerer,
    answerer,
    async [Symbol.asyncDispose]() {
      await offerer[Symbol.asyncDispose]();
      await answerer[Symbol.asyncDispose]();
    },
  };
}

/** What an offer of `plans` and its answer make of both ends, the offerer's first. */
export function negotiateMedia(
  plans: readonly StreamPlan[],
  firstSsrc: number,
  { hasTransportCc = true, edit = (sdp) => sdp }: LegOptions,
): [NegotiatedSession, NegotiatedSession] {
  let ssrc = 10 * firstSsrc;
  const local = localTransport({ hasTransportCc, allocateSsrc: () => ssrc++ });
  const offer = negotiateOffer(plans, local);
  const theirs = parseSdp(edit(offer.sdp));
  const accepted = plans.map((plan, index) => ({
    ...plan,
    mid: theirs.media[index]?.mid ?? '',
    direction: opposite[plan.direction],
  }));
  const answer = negotiateAnswer(theirs, accepted, { ...local, iceUfrag: 'them' });
  return [acceptAnswer(offer, answer.sdp), answer];
}

const opposite = {
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  sendrecv: 'sendrecv',
  inactive: 'inactive',
} as const;

/** One end of a leg: a MediaTransport on a socket of its own, with what it tells. */
export class MediaEnd implements AsyncDisposable {
  readonly media: MediaTransport;
  readonly events: readonly PeerConnectionEvent[];
  readonly #clock: Clock;
  readonly #socket: DatagramSocket;
  #timer: Disposable | undefined;

  private constructor(
    media: MediaTransport,
    events: readonly PeerConnectionEvent[],
    clock: Clock,
    socket: DatagramSocket,
  ) {
    this.media = media;
    this.events = events;
    this.#clock = clock;
    this.#socket = socket;
    this.#tick();
  }

  static async open(
    clock: Clock,
    sockets: DatagramSocketFactory,
    local: TransportAddress,
    remote: TransportAddress,
    slowLinkThreshold: number,
  ): Promise<MediaEnd> {
    const events: PeerConnectionEvent[] = [];
    const parts = { clock, random: new SeededRandom(local.port), srtp: srtpContexts };
    const media = new MediaTransport(parts, { cname: 'end', slowLinkThreshold }, (event) =>
      events.push(event),
    );
    const socket = await sockets.bind(local, {
      receive(datagram, _from, now) {
        const type = (datagram[1] ?? 0) & 0x7f;
        if (type >= 64 && type < 96) media.rtcp(datagram, now);
        else media.rtp(datagram, now);
      },
    });
    media.bind({
      path: undefined,
      lend: () => socket.lend(),
      send: (datagram) => socket.send(datagram, remote),
      flush: () => socket.flush(),
    });
    return new MediaEnd(media, events, clock, socket);
  }

  flush(): void {
    this.#socket.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.media[Symbol.dispose]();
    await this.#socket[Symbol.asyncDispose]();
  }

  #tick(): void {
    this.#timer = this.#clock.at(this.#clock.now() + 1000, () => {
      this.media.tick(this.#clock.now());
      this.#socket.flush();
      this.#tick();
    });
  }
}
