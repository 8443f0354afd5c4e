import {
  placeOf,
  RtpPacket,
  type Encoding,
  type NegotiatedSession,
  type ReceiveNegotiation,
  type RtpSink,
  type StreamStats,
} from '#janus/media';
import type { Clock } from '#services/kernel';

/** A medium counts as silent after this long without a packet. */
const silenceMs = 1000;

interface Track {
  readonly kind: 'audio' | 'video';
  readonly parameters: Encoding['parameters'];
  readonly receive: ReceiveNegotiation;
  readonly sinks: Map<number, RtpSink>;
  open: ((encoding: Encoding) => RtpSink) | undefined;
  silence: Disposable | undefined;
}

/** Counters of a stream of which nothing is known. */
export const noStats = {
  packets: 0,
  bytes: 0,
  bitsPerSecond: 0,
  packetsLost: 0,
  jitterMs: undefined,
  roundTripMs: undefined,
  nacks: 0,
  retransmissions: 0,
  keyframeRequests: 0,
} as const;

/** Takes the packets that a fake connection gets to the sinks of its owner, and says when they flow. */
export class FakeInbound implements Disposable {
  bytes = 0;
  readonly #clock: Clock;
  readonly #onFlow: (mid: string, isFlowing: boolean) => void;
  readonly #tracks = new Map<string, Track>();
  /** By SSRC. */
  readonly #streams = new Map<number, StreamStats>();

  constructor(clock: Clock, onFlow: (mid: string, isFlowing: boolean) => void) {
    this.#clock = clock;
    this.#onFlow = onFlow;
  }

  /** Learns what was negotiated; gives the streams that are new. */
  agree(session: NegotiatedSession): { readonly mid: string; readonly kind: 'audio' | 'video' }[] {
    return session.media.flatMap(({ mid, kind, receive }) => {
      if (receive === undefined || (kind !== 'audio' && kind !== 'video')) return [];
      const before = this.#tracks.get(mid);
      const payloadTypes = new Map(
        [...receive.codecs].map(([type, { name, clockRate }]) => [type, { encodingName: name, clockRate }]),
      );
      const parameters = { kind, payloadTypes, extensions: receive.extensions };
      const blank = { sinks: new Map<number, RtpSink>(), open: undefined, silence: undefined };
      this.#tracks.set(mid, { ...(before ?? blank), kind, parameters, receive });
      return before === undefined ? [{ mid, kind }] : [];
    });
  }

  /** M-lines that are in the session no more, or rejected; what came on them is forgotten. */
  drop(session: NegotiatedSession): readonly string[] {
    const live = session.media.filter(({ isRejected }) => !isRejected).map(({ mid }) => mid);
    const gone = [...this.#tracks.keys()].filter((mid) => !live.includes(mid));
    for (const mid of gone) {
      this.#tracks.get(mid)?.silence?.[Symbol.dispose]();
      this.#tracks.delete(mid);
    }
    return gone;
  }

  /** The far end is another one: its streams are new. */
  forgetStreams(): void {
    for (const { sinks } of this.#tracks.values()) sinks.clear();
  }

  /** What arrived so far. */
  get streams(): readonly StreamStats[] {
    return [...this.#streams.values()];
  }

  attach(mid: string, open: (encoding: Encoding) => RtpSink): Disposable {
    const track = this.#tracks.get(mid);
    if (track !== undefined) track.open = open;
    return {
      [Symbol.dispose]: () => {
        const attached = this.#tracks.get(mid);
        if (attached?.open !== open) return;
        attached.open = undefined;
        attached.sinks.clear();
      },
    };
  }

  arrive(mid: string, bytes: Buffer): boolean {
    const track = this.#tracks.get(mid);
    const packet = RtpPacket.parse(bytes);
    if (track === undefined || packet === undefined) return false;
    this.bytes += bytes.length;
    this.#flow(mid, track);
    this.#count(mid, track, packet);
    const sink = track.sinks.get(packet.ssrc) ?? openSink(track, packet);
    if (sink === undefined) return false;
    track.sinks.set(packet.ssrc, sink);
    sink.write(packet, this.#clock.now());
    return true;
  }

  [Symbol.dispose](): void {
    for (const { silence } of this.#tracks.values()) silence?.[Symbol.dispose]();
    this.#tracks.clear();
  }

  #count(mid: string, { kind, receive }: Track, { ssrc, payloadType, bytes }: RtpPacket): void {
    const codec = receive.codecs.get(payloadType)?.name ?? '';
    const before = this.#streams.get(ssrc) ?? { ...noStats, mid, kind, direction: 'in', ssrc, codec };
    const { packets, bytes: sum } = before;
    this.#streams.set(ssrc, { ...before, packets: packets + 1, bytes: sum + bytes.length });
  }

  #flow(mid: string, track: Track): void {
    const wasFlowing = track.silence !== undefined;
    track.silence?.[Symbol.dispose]();
    track.silence = this.#clock.at(this.#clock.now() + silenceMs, () => {
      track.silence = undefined;
      this.#onFlow(mid, false);
    });
    if (!wasFlowing) this.#onFlow(mid, true);
  }
}

function openSink({ open, parameters, receive }: Track, packet: RtpPacket): RtpSink | undefined {
  const place = placeOf(packet, receive);
  return place && open?.({ ...place, ssrc: packet.ssrc, parameters });
}
