import {
  parseSdp,
  type ChannelReliability,
  type Encoding,
  type PeerConnection,
  type PeerConnectionEvent,
  type RtpSink,
  type StreamPlan,
} from '#janus/media';
import type { PeerConnectionWorld, RemotePeer } from './world.ts';

/** Codecs that far ends of every kind offer. */
const codecs = { audio: ['opus'], video: ['VP8'], data: [] } as const;

const connectTimeoutMs = 5000;

/** More than any peer takes between two checks of its consent. */
const silence = { warnAfterMs: 6000, endAfterMs: 12_000 };

/** One rule of the port: a fresh connection, and a far end for it. */
export type Rule = (subject: Subject, peer: RemotePeer) => Promise<void>;

/** One connection of the world, with what it tells. */
export class Subject implements AsyncDisposable {
  readonly world: PeerConnectionWorld;
  readonly events: PeerConnectionEvent[] = [];
  readonly encodings: Encoding[] = [];
  readonly connection: PeerConnection;
  packets = 0;
  /** What an owner does when it is told. */
  react: (event: PeerConnectionEvent) => void = () => undefined;

  constructor(world: PeerConnectionWorld) {
    this.world = world;
    this.connection = world.factory.create({ id: 'subject1', connectTimeoutMs, silence }, (event) => {
      this.events.push(event);
      this.react(event);
    });
  }

  has(type: PeerConnectionEvent['type']): boolean {
    return this.events.some((event) => event.type === type);
  }

  /** As the peer that opened the channel wanted it. */
  reliabilityOf(label: string): ChannelReliability | undefined {
    for (const event of this.events)
      if (event.type === 'channel' && event.label === label) return event.reliability;
    return undefined;
  }

  told(type: PeerConnectionEvent['type']): PeerConnectionEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  flowing(mid: string): boolean[] {
    return this.events.flatMap((event) =>
      event.type === 'media' && event.mid === mid ? [event.isFlowing] : [],
    );
  }

  readonly sink: RtpSink = { write: () => void (this.packets += 1), senderReport: () => undefined };

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.connection[Symbol.asyncDispose]());
  }

  receive(mid: string): Disposable {
    return this.connection.receive(mid, (encoding) => {
      this.encodings.push(encoding);
      return this.sink;
    });
  }

  /** Answers an offer of `peer` for `kinds` as it is, and waits until both are connected. Gives the mids. */
  async connect(peer: RemotePeer, kinds: readonly StreamPlan['kind'][]): Promise<string[]> {
    const offer = await peer.offer(kinds);
    await peer.accept(await this.connection.answer(offer, plansFor(offer)));
    await this.world.until(() => this.has('connected'));
    return midsOf(offer);
  }
}

/** Plans that accept all of an offer, in both directions. */
export function plansFor(offerSdp: string): StreamPlan[] {
  return parseSdp(offerSdp).media.flatMap(({ mid, kind }) =>
    kind === 'other' ? [] : [{ mid, kind, direction: 'sendrecv', codecs: codecs[kind] }],
  );
}

/** The mids of a description, in order. */
export function midsOf(sdp: string): string[] {
  return parseSdp(sdp).media.map(({ mid }) => mid);
}

/** Which m-lines of a description are rejected, in order. */
export function rejectedIn(sdp: string): boolean[] {
  return parseSdp(sdp).media.map(({ isRejected }) => isRejected);
}
