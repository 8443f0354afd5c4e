import {
  extensionUri,
  RateSample,
  roundTripMs,
  SenderStatistics,
  TokenBucket,
  writeTransportSequence,
  type ReportBlock,
  type RtpFeedback,
  type RtpSender,
  type SenderState,
  type SendNegotiation,
  type SendParameters,
} from '#janus/media';
import type { Clock } from '#services/kernel';
import type { Outlet } from './outlet.ts';
import { RepeatedPackets } from './repeated-packets.ts';

/** Keyframes that one peer may ask for: each costs all subscribers of a publisher quality. */
const keyframeRate = { perSecond: 1, burst: 4 };

/** RFC 3550 section 5.1; our heads have no CSRCs. */
const fixedHeaderBytes = 12;

/** No header extension has that id (RFC 8285 section 4.2). */
const noExtension = 0;

/** What goes out to the peer on one m-line: its packets, their count, and what the peer says of them. */
export class SendStream implements RtpSender {
  readonly statistics: SenderStatistics;
  readonly rate = new RateSample();
  /** Packets that the peer asked for again, packets that went out as retransmissions, keyframes that it asked for. */
  nacks = 0;
  retransmissions = 0;
  keyframeRequests = 0;
  /** As the peer last reported. */
  lost = 0;
  jitterMs: number | undefined;
  readonly #clock: Clock;
  readonly #mid: string;
  readonly #outlet: Outlet;
  readonly #listeners = new Set<(feedback: RtpFeedback) => void>();
  readonly #keyframes = new TokenBucket(keyframeRate);
  #repeats: RepeatedPackets | undefined;
  #parameters: SendParameters;
  #codec: string;
  #isOpen = true;
  #unitsPerMs: number;
  #transportWideId: number;
  #roundTripMs: number | undefined;

  constructor(clock: Clock, mid: string, parameters: SendNegotiation, outlet: Outlet) {
    this.#clock = clock;
    this.#mid = mid;
    this.#outlet = outlet;
    this.#parameters = { ...parameters, mid };
    this.#codec = parameters.codec.name;
    this.#unitsPerMs = parameters.clockRate / 1000;
    this.#transportWideId = transportWideIdOf(parameters);
    this.#repeats = needsRepeats(parameters) ? new RepeatedPackets(outlet) : undefined;
    this.statistics = new SenderStatistics(parameters.ssrc, parameters.clockRate);
  }

  get parameters(): SendParameters {
    return this.#parameters;
  }

  /** The encoding name that the two sides prefer. */
  get codec(): string {
    return this.#codec;
  }

  /** By the peer's last report; undefined before it answered one of ours. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The peer takes nothing here until it is negotiated again: what is sent is dropped. */
  pause(): void {
    this.#isOpen = false;
  }

  /** Takes what a later offer made of the m-line. */
  renegotiated(parameters: SendNegotiation): void {
    this.#isOpen = true;
    this.#parameters = { ...parameters, mid: this.#mid };
    this.#codec = parameters.codec.name;
    this.#unitsPerMs = parameters.clockRate / 1000;
    this.#transportWideId = transportWideIdOf(parameters);
    this.statistics.clockRate = parameters.clockRate;
    if (!needsRepeats(parameters)) this.#repeats = undefined;
    else this.#repeats ??= new RepeatedPackets(this.#outlet);
  }

  /** Keys have changed: nothing that was sent can be sent again as it was. */
  forgetSent(): void {
    if (this.#repeats !== undefined) this.#repeats = new RepeatedPackets(this.#outlet);
  }

  send(head: Buffer, headBytes: number, packet: Buffer, skip: number, now = this.#clock.now()): void {
    if (!this.#isOpen) return;
    if (this.#repeats?.repeat(head) === true) {
      this.retransmissions += 1;
      return;
    }
    const { numbers } = this.#outlet;
    const id = this.#transportWideId;
    const isNumbered = id !== noExtension && writeTransportSequence(head, id, numbers.next);
    const out = this.#repeats ?? this.#outlet;
    if (!out.send(head, headBytes, packet, skip, now)) return;
    if (isNumbered) numbers.sent(headBytes + packet.length - skip, now);
    // Retransmissions have an SSRC, and so a count, of their own (RFC 4588 section 4).
    if (head.readUInt32BE(8) === this.#parameters.ssrc)
      this.statistics.sent(head.readUInt32BE(4), payloadBytes(head, headBytes, packet, skip), now);
    else this.retransmissions += 1;
  }

  tieClock(rtpTimestamp: number, wallTimeMs: number): void {
    this.statistics.tie(rtpTimestamp, wallTimeMs);
  }

  onFeedback(listener: (feedback: RtpFeedback) => void): Disposable {
    // Wrapped, so that one function given twice is two listeners.
    const entry = (feedback: RtpFeedback): void => listener(feedback);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  /** Passes on what the peer says of this stream, but for keyframes that it asks for too often. */
  feedback(feedback: RtpFeedback): void {
    if (feedback.type === 'nack') this.nacks += feedback.sequenceNumbers.length;
    if (feedback.type === 'keyframe') {
      this.keyframeRequests += 1;
      if (!this.#keyframes.take(this.#clock.now())) return;
    }
    for (const listener of this.#listeners) listener(feedback);
  }

  /** What our next report says of this stream; undefined before its first packet. */
  report(now: number, wallTimeMs: number): SenderState | undefined {
    this.rate.look(this.statistics.octets, now);
    return this.statistics.report(now, wallTimeMs);
  }

  /** Heeds the peer's report of how this stream arrives. */
  reported(report: ReportBlock): void {
    this.lost = Math.max(0, report.cumulativeLost);
    this.jitterMs = report.jitter / this.#unitsPerMs;
    this.#roundTripMs = roundTripMs(report, this.#clock.wallTime()) ?? this.#roundTripMs;
  }
}

/** Of a packet in two parts, without padding; a payload descriptor that was rewritten is in the head. */
function payloadBytes(head: Buffer, headBytes: number, packet: Buffer, skip: number): number {
  const first = head.readUInt8(0);
  const extension = (first & 0x10) === 0 ? 0 : 4 + 4 * head.readUInt16BE(14);
  const padding = (first & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  return headBytes + packet.length - skip - fixedHeaderBytes - extension - padding;
}

function transportWideIdOf({ extensions }: SendParameters): number {
  return extensions.get(extensionUri.transportWide) ?? noExtension;
}

/** Without a stream for retransmissions, and with no number that differs in each copy, the peer gets the same bytes. */
function needsRepeats({ rtxSsrc, feedback, extensions }: SendNegotiation): boolean {
  return rtxSsrc === undefined && feedback.nack && !extensions.has(extensionUri.transportWide);
}
