import {
  roundTripMs,
  SenderStatistics,
  type ReportBlock,
  type RtpFeedback,
  type RtpSender,
  type SendNegotiation,
  type SendParameters,
} from '#janus/media';
import type { Clock } from '#services/kernel';

/** Protects one packet and queues it, given in two parts as in `RtpSender.send`; false if it could not be sent. */
export type Outlet = (head: Buffer, headBytes: number, packet: Buffer, skip: number) => boolean;

/** What goes out to the peer on one m-line: its packets, their count, and what the peer says of them. */
export class SendStream implements RtpSender {
  readonly statistics: SenderStatistics;
  readonly #clock: Clock;
  readonly #mid: string;
  readonly #outlet: Outlet;
  readonly #listeners = new Set<(feedback: RtpFeedback) => void>();
  #parameters: SendParameters;
  #roundTripMs: number | undefined;

  constructor(clock: Clock, mid: string, parameters: SendNegotiation, outlet: Outlet) {
    this.#clock = clock;
    this.#mid = mid;
    this.#parameters = { ...parameters, mid };
    this.#outlet = outlet;
    this.statistics = new SenderStatistics(parameters.ssrc, parameters.clockRate);
  }

  get parameters(): SendParameters {
    return this.#parameters;
  }

  /** By the peer's last report; undefined before it answered one of ours. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Takes what a later offer made of the m-line. */
  renegotiated(parameters: SendNegotiation): void {
    this.#parameters = { ...parameters, mid: this.#mid };
  }

  send(head: Buffer, headBytes: number, packet: Buffer, skip: number): void {
    if (!this.#outlet(head, headBytes, packet, skip)) return;
    // Retransmissions have an SSRC, and so a count, of their own (RFC 4588 section 4).
    if (head.readUInt32BE(8) === this.#parameters.ssrc)
      this.statistics.sent(head.readUInt32BE(4), packet.length - skip, this.#clock.wallTime());
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

  /** Passes on what the peer says of this stream. */
  feedback(feedback: RtpFeedback): void {
    for (const listener of this.#listeners) listener(feedback);
  }

  /** Heeds the peer's report of how this stream arrives. */
  reported(report: ReportBlock): void {
    this.#roundTripMs = roundTripMs(report, this.#clock.wallTime()) ?? this.#roundTripMs;
  }
}
