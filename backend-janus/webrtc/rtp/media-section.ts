import {
  extensionUri,
  type Encoding,
  type NegotiatedCodec,
  type NegotiatedMedia,
  type ReceiveNegotiation,
  type ReceiveParameters,
  type RtpPacket,
  type RtpSink,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import { ReceiveStream } from './receive-stream.ts';
import { SendStream, type Outlet } from './send-stream.ts';

/** Streams of one m-line: simulcast has three, and a peer that changes its SSRC leaves the old one behind. */
const mostStreams = 16;

/** A medium that brings nothing for so long is not flowing (Janus's `no_media_timer`). */
const silenceMs = 1000;

/** Requests for a keyframe closer together than that are one: more than a round trip (RFC 4585 section 6.3.1). */
const betweenKeyframeRequestsMs = 300;

/** One m-line as negotiated: what is sent on it, and the streams that the peer sends on it. */
export class MediaSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly streams = new Map<number, ReceiveStream>();
  #receive: ReceiveNegotiation | undefined;
  #parameters: ReceiveParameters | undefined;
  #send: SendStream | undefined;
  #transportWideId = 0;
  #open: ((encoding: Encoding) => RtpSink) | undefined;
  #flow: { readonly state: 'silent' } | { readonly state: 'flowing'; since: number } = { state: 'silent' };
  #keyframes: { askedAt: number; isWanted: boolean; rid: string | undefined } = {
    askedAt: -Infinity,
    isWanted: false,
    rid: undefined,
  };

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
    const rid = ridOf(packet, receive);
    const encoding = { ssrc: packet.ssrc, parameters: this.#parameters, ...(rid !== undefined && { rid }) };
    const stream = new ReceiveStream(encoding, codec.clockRate, receive.feedback.nack);
    this.streams.set(packet.ssrc, stream);
    return stream;
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

  /** Wants a keyframe of the stream with that rid, or of all. */
  wantKeyframe(rid: string | undefined): void {
    this.#keyframes.rid = this.#keyframes.isWanted && this.#keyframes.rid !== rid ? undefined : rid;
    this.#keyframes.isWanted = true;
  }

  /** When a keyframe may be asked for; Infinity if none is wanted, or there is no stream to ask for. */
  get keyframeDeadline(): number {
    const { askedAt, isWanted } = this.#keyframes;
    return isWanted && this.#wanted.length > 0 ? askedAt + betweenKeyframeRequestsMs : Infinity;
  }

  /** The streams to ask for a keyframe now; none if none is wanted, or the last request is too recent. */
  keyframesDue(now: number): readonly number[] {
    if (now < this.keyframeDeadline) return [];
    const due = this.#wanted.map(({ encoding }) => encoding.ssrc);
    this.#keyframes = { askedAt: now, isWanted: false, rid: undefined };
    return due;
  }

  /** The m-line is removed. */
  end(): void {
    this.#receive = undefined;
    this.#open = undefined;
    this.#send?.pause();
  }

  /** Forgets a stream that the peer ended (RFC 3550 section 6.6). */
  forget(ssrc: number): void {
    this.streams.delete(ssrc);
  }

  /** Whom to ask for the keyframe that is wanted. */
  get #wanted(): readonly ReceiveStream[] {
    if (this.#receive?.feedback.pli !== true) return [];
    const { rid } = this.#keyframes;
    return [...this.streams.values()].filter(({ encoding }) => rid === undefined || encoding.rid === rid);
  }
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

function ridOf(packet: RtpPacket, { extensions, rids }: ReceiveNegotiation): string | undefined {
  const id = extensions.get(extensionUri.rid);
  const rid = id === undefined ? undefined : packet.extension(id)?.toString('latin1');
  return rid !== undefined && rids.includes(rid) ? rid : undefined;
}
