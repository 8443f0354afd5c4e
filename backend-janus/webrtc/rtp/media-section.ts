import { isDeepStrictEqual } from 'node:util';
import {
  extensionUri,
  placeOf,
  repairedRid,
  type Encoding,
  type NegotiatedCodec,
  type NegotiatedMedia,
  type ReceiveNegotiation,
  type ReceiveParameters,
  type RtpPacket,
  type RtpSink,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import type { Outlet } from './outlet.ts';
import { ReceiveStream } from './receive-stream.ts';
import { SendStream } from './send-stream.ts';

/** Streams of one m-line: simulcast has three, and a peer that changes its SSRC leaves the old one behind. */
const mostStreams = 16;

/** A medium that brings nothing for so long is not flowing (Janus's `no_media_timer`). */
const silenceMs = 1000;

/** Requests for a keyframe closer together than that are one: more than a round trip (RFC 4585 section 6.3.1). */
const betweenKeyframeRequestsMs = 300;

/** One stream's keyframe requests: when the last went out, and whether another is wanted. */
interface KeyframeWish {
  readonly askedAt: number;
  readonly isWanted: boolean;
}

/** One m-line as negotiated: what is sent on it, and the streams that the peer sends on it. */
export class MediaSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly streams = new Map<number, ReceiveStream>();
  /** The streams that are to send a keyframe, or were asked lately, by SSRC. */
  readonly #keyframes = new Map<number, KeyframeWish>();
  /** The SSRCs of streams by those of their retransmissions, as the packets tell. */
  readonly #repaired = new Map<number, number>();
  #receive: ReceiveNegotiation | undefined;
  #parameters: ReceiveParameters | undefined;
  #send: SendStream | undefined;
  #transportWideId = 0;
  #open: ((encoding: Encoding) => RtpSink) | undefined;
  #flow: { readonly state: 'silent' } | { readonly state: 'flowing'; since: number } = { state: 'silent' };
  readonly #clock: Clock;

  constructor(clock: Clock, mid: string, kind: 'audio' | 'video') {
    this.#clock = clock;
    this.mid = mid;
    this.kind = kind;
  }

  /** What is sent here; undefined while nothing is. */
  get send(): SendStream | undefined {
    return this.#send?.isOpen === true ? this.#send : undefined;
  }

  get receive(): ReceiveNegotiation | undefined {
    return this.#receive;
  }

  /** The header extension that numbers the peer's packets; 0 if it does not, or wants no feedback on it. */
  get transportWideId(): number {
    return this.#transportWideId;
  }

  /** Whether the streams that arrive may do so under `receive` as well; else they begin anew. */
  goesOn(receive: ReceiveNegotiation | undefined): boolean {
    const before = this.#receive;
    return (
      receive !== undefined && before !== undefined && isDeepStrictEqual(meaning(before), meaning(receive))
    );
  }

  /** Takes what an offer and its answer made of the m-line; true if packets may arrive from now on. */
  negotiated(media: NegotiatedMedia, outlet: Outlet): boolean {
    const couldReceive = this.#receive !== undefined;
    this.#receive = media.receive;
    this.#parameters = media.receive && parametersOf(this.kind, media.receive);
    this.#transportWideId = transportWideIdOf(media.receive);
    if (media.send === undefined) this.#send?.pause();
    else if (this.#send === undefined) this.#send = new SendStream(this.#clock, this.mid, media.send, outlet);
    else this.#send.renegotiated(media.send);
    return !couldReceive && media.receive !== undefined;
  }

  /** Opens a sink for each stream that arrives, or has arrived already at its next packet. */
  attach(open: (encoding: Encoding) => RtpSink): Disposable {
    this.#open = open;
    return {
      [Symbol.dispose]: () => {
        if (this.#open !== open) return;
        this.#open = undefined;
        for (const stream of this.streams.values()) stream.attach(undefined);
      },
    };
  }

  /** What a payload type means here; undefined if it was not negotiated. */
  codec(payloadType: number): NegotiatedCodec | undefined {
    return this.#receive?.codecs.get(payloadType);
  }

  /** The stream of a packet whose SSRC is new; undefined if there are too many, or nothing may arrive here. */
  admit(packet: RtpPacket): ReceiveStream | undefined {
    const codec = this.codec(packet.payloadType);
    const receive = this.#receive;
    if (codec === undefined || receive === undefined || this.#parameters === undefined) return undefined;
    if (this.streams.size >= mostStreams) return undefined;
    const place = placeOf(packet, receive);
    if (place === undefined) return undefined;
    const encoding = { ...place, ssrc: packet.ssrc, parameters: this.#parameters };
    const stream = new ReceiveStream(encoding, codec, receive.feedback.nack);
    this.streams.set(packet.ssrc, stream);
    return stream;
  }

  /** The stream to forget for a new one: where there are as many as may be, the oldest that brought nothing lately. */
  get dispensable(): number | undefined {
    if (this.streams.size < mostStreams) return undefined;
    for (const [ssrc, { rate }] of this.streams) if (rate.bitsPerSecond === 0) return ssrc;
    return undefined;
  }

  /** Gives a stream its sink once somebody wants it; true if the medium begins to flow with this packet. */
  arrived(stream: ReceiveStream, now: number): boolean {
    if (!stream.isAttached && this.#open !== undefined) stream.attach(this.#open(stream.encoding));
    if (this.#flow.state === 'flowing') {
      this.#flow.since = now;
      return false;
    }
    this.#flow = { state: 'flowing', since: now };
    return true;
  }

  /** True if the medium has stopped flowing since the last look. */
  fellSilent(now: number): boolean {
    if (this.#flow.state === 'silent' || now - this.#flow.since < silenceMs) return false;
    this.#flow = { state: 'silent' };
    return true;
  }

  /** The SSRC of the stream that a retransmission repeats a packet of: by its repaired rid, or the only one there is. */
  repairedBy(packet: RtpPacket): number | undefined {
    const known = this.#repaired.get(packet.ssrc);
    if (known !== undefined || this.#receive === undefined) return known;
    const rid = repairedRid(packet, this.#receive);
    if (rid === undefined) return this.streams.size === 1 ? this.streams.keys().next().value : undefined;
    const ssrc = this.#newest(rid);
    if (ssrc !== undefined && this.#repaired.size < mostStreams) this.#repaired.set(packet.ssrc, ssrc);
    return ssrc;
  }

  /** Wants a keyframe of the stream with that rid, or of all. */
  wantKeyframe(rid: string | undefined): void {
    for (const { encoding } of this.streams.values()) {
      if (rid !== undefined && encoding.rid !== rid) continue;
      const askedAt = this.#keyframes.get(encoding.ssrc)?.askedAt ?? -Infinity;
      this.#keyframes.set(encoding.ssrc, { askedAt, isWanted: true });
    }
  }

  /** When a keyframe may be asked for; Infinity if none is wanted, or there is no stream to ask for. */
  get keyframeDeadline(): number {
    let deadline = Infinity;
    for (const wish of this.#keyframes.values()) deadline = Math.min(deadline, this.#dueAt(wish));
    return deadline;
  }

  /** The streams to ask for a keyframe now; none if none is wanted, or the last request is too recent. */
  keyframesDue(now: number): readonly number[] {
    const due: number[] = [];
    for (const [ssrc, wish] of this.#keyframes) {
      if (now < this.#dueAt(wish)) continue;
      this.#keyframes.set(ssrc, { askedAt: now, isWanted: false });
      due.push(ssrc);
    }
    return due;
  }

  /** The peer was made anew: its streams are no more. */
  restart(): void {
    this.streams.clear();
    this.#keyframes.clear();
    this.#repaired.clear();
  }

  /** The m-line is removed. */
  end(): void {
    this.#receive = undefined;
    this.#open = undefined;
    this.#send?.pause();
  }

  /**
   * Forgets a stream, or the retransmissions of one, that the peer ended (RFC 3550 section 6.6). Returns the SSRCs of
   * retransmissions that are over with it.
   */
  forget(ssrc: number): readonly number[] {
    this.streams.delete(ssrc);
    this.#keyframes.delete(ssrc);
    const over = [...this.#repaired].flatMap(([rtxSsrc, repaired]) => (repaired === ssrc ? [rtxSsrc] : []));
    for (const rtxSsrc of [ssrc, ...over]) this.#repaired.delete(rtxSsrc);
    return over;
  }

  /** The stream with that rid whose SSRC was seen first latest: a sender that begins anew has another. */
  #newest(rid: string): number | undefined {
    let found: number | undefined;
    for (const { encoding } of this.streams.values()) if (encoding.rid === rid) found = encoding.ssrc;
    return found;
  }

  /** When that wish may be told to the peer; Infinity if never. */
  #dueAt({ askedAt, isWanted }: KeyframeWish): number {
    const mayAsk = isWanted && this.#receive?.feedback.pli === true;
    return mayAsk ? askedAt + betweenKeyframeRequestsMs : Infinity;
  }
}

/** What a stream is read by from its first packet on. */
function meaning({ codecs, extensions, rids, feedback }: ReceiveNegotiation): readonly unknown[] {
  const formats = [...codecs].map(
    ([type, { name, clockRate, rtxOf }]) => [type, [name, clockRate, rtxOf]] as const,
  );
  return [new Map(formats), extensions, rids, feedback.nack];
}

function parametersOf(
  kind: 'audio' | 'video',
  { codecs, extensions }: ReceiveNegotiation,
): ReceiveParameters {
  const media = [...codecs].filter(([, { rtxOf }]) => rtxOf === undefined);
  const payloadTypes = new Map(
    media.map(([payloadType, { name, clockRate }]) => [payloadType, { encodingName: name, clockRate }]),
  );
  return { kind, payloadTypes, extensions };
}

function transportWideIdOf(receive: ReceiveNegotiation | undefined): number {
  return receive?.feedback.transportCc === true
    ? (receive.extensions.get(extensionUri.transportWide) ?? 0)
    : 0;
}
