import {
  RateSample,
  roundTripMs,
  SenderStatistics,
  TokenBucket,
  type PlainAgreement,
  type StreamCounters,
  type ReportBlock,
  type RtpFeedback,
  type RtpSender,
  type SenderState,
  type SendParameters,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import { mediaName } from './media-name.ts';

/** Keyframes that one peer may ask for: each costs all others who see the sender's picture quality. */
const keyframeRate = { perSecond: 1, burst: 4 };

/** RFC 3550 section 5.1; heads for plain peers have neither CSRCs nor extensions. */
const headerBytes = 12;

/** Puts a packet in two parts on its way; false if it was dropped. */
export type Outlet = (head: Buffer, headBytes: number, packet: Buffer, skip: number) => boolean;

/** What goes out to a plain peer: its packets, their count, and what the peer says of them. */
export class PlainSender implements RtpSender {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #listeners = new Set<(feedback: RtpFeedback) => void>();
  readonly #keyframes = new TokenBucket(keyframeRate);
  readonly #statistics: SenderStatistics;
  #parameters: SendParameters;
  readonly #rate = new RateSample();
  #roundTripMs: number | undefined;
  #reported = 0;
  #unitsPerMs = 8;
  /** As the peer last reported. */
  #lost = 0;
  #jitterMs: number | undefined;

  constructor(clock: Clock, ssrc: number, outlet: Outlet) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#parameters = { ssrc, payloadTypes: new Map(), extensions: new Map() };
    this.#statistics = new SenderStatistics(ssrc, 8000);
  }

  get parameters(): SendParameters {
    return this.#parameters;
  }

  get packets(): number {
    return this.#statistics.packets;
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Counters of what goes out to a peer of that kind; undefined before the first agreement. */
  stats(kind: 'audio' | 'video'): StreamCounters | undefined {
    const { ssrc, payloadTypes } = this.#parameters;
    if (payloadTypes.size === 0) return undefined;
    const { packets, octets } = this.#statistics;
    return {
      kind,
      direction: 'out',
      ssrc,
      codec: mediaName([...payloadTypes.keys()]),
      packets,
      bytes: octets,
      bitsPerSecond: this.#rate.bitsPerSecond,
      packetsLost: this.#lost,
      jitterMs: this.#jitterMs,
      roundTripMs: this.#roundTripMs,
    };
  }

  agreed({ send, clockRate }: PlainAgreement): void {
    this.#parameters = { ...this.#parameters, payloadTypes: send };
    this.#rate.look(this.#statistics.octets, this.#clock.now());
    this.#statistics.clockRate = clockRate;
    this.#unitsPerMs = clockRate / 1000;
  }

  send(head: Buffer, headBytes: number, packet: Buffer, skip: number, now = this.#clock.now()): void {
    if (!this.#outlet(head, headBytes, packet, skip)) return;
    const padding = (head.readUInt8(0) & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
    const payload = headBytes + packet.length - skip - headerBytes - padding;
    this.#statistics.sent(head.readUInt32BE(4), payload, now);
  }

  tieClock(rtpTimestamp: number, wallTimeMs: number): void {
    this.#statistics.tie(rtpTimestamp, wallTimeMs);
  }

  onFeedback(listener: (feedback: RtpFeedback) => void): Disposable {
    // Wrapped, so that one function given twice is two listeners.
    const entry = (feedback: RtpFeedback): void => listener(feedback);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  /** Passes on what the peer says, but for keyframes that it asks for too often. */
  feedback(feedback: RtpFeedback, now: number): void {
    if (feedback.type === 'keyframe' && !this.#keyframes.take(now)) return;
    for (const listener of this.#listeners) listener(feedback);
  }

  /** The peer asks for packets again. */
  nacked(nack: { readonly media: number; readonly sequenceNumbers: readonly number[] }, now: number): void {
    const { media, sequenceNumbers } = nack;
    if (media === this.#parameters.ssrc) this.feedback({ type: 'nack', sequenceNumbers }, now);
  }

  /** Heeds the peer's reports of how our stream arrives. */
  reported(reports: readonly ReportBlock[]): void {
    const ours = reports.find(({ ssrc }) => ssrc === this.#parameters.ssrc);
    if (ours === undefined) return;
    this.#lost = Math.max(0, ours.cumulativeLost);
    this.#jitterMs = ours.jitter / this.#unitsPerMs;
    this.#roundTripMs = roundTripMs(ours, this.#clock.wallTime()) ?? this.#roundTripMs;
  }

  /** What our next report says; undefined if nothing was sent since the last one (RFC 3550 section 6.4). */
  report(now: number): SenderState | undefined {
    this.#rate.look(this.#statistics.octets, now);
    if (this.#statistics.packets === this.#reported) return undefined;
    this.#reported = this.#statistics.packets;
    return this.#statistics.report(now, this.#clock.wallTime());
  }
}
