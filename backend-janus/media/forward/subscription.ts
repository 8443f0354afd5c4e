import { unreachable, type Clock } from '#services/kernel';
import type { RtpPacket } from '../rtp-packet.ts';
import type { RtpFeedback, RtpSender, RtpSink, SenderReport } from '../rtp-sink.ts';
import { Forwarder } from './forwarder.ts';
import type { Source, SourceId, SourceOutput } from './source.ts';

/** One subscriber's tie to one source. */
export interface Subscription extends Disposable {
  /**
   * Moves to another source or layer: the old one flows until the new one's keyframe; sequence numbers and
   * timestamps stay continuous.
   */
  switchTo(id: SourceId): void;
  setPaused(isPaused: boolean): void;
}

/** Who is told of each source that is, or will be, published under an id. */
export interface SourceWaiter {
  follow(source: Source): void;
}

/** Ties a waiter to an id until disposed; tells it at once if there is such a source. */
export type Join = (id: SourceId, waiter: SourceWaiter) => Disposable;

/** A subscriber: its forwarder, fed by the source of its id whenever there is one, and what its peer reports. */
export class ForwardingSubscription implements Subscription, SourceWaiter {
  readonly #forwarder: Forwarder;
  readonly #join: Join;
  readonly #clock: Clock;
  readonly #feedback: Disposable;
  #tie: Disposable;
  #isDisposed = false;

  constructor(id: SourceId, sender: RtpSender, join: Join, clock: Clock) {
    this.#forwarder = new Forwarder(sender);
    this.#join = join;
    this.#clock = clock;
    this.#feedback = sender.onFeedback((feedback) => this.#take(feedback));
    this.#tie = join(id, this);
  }

  follow(source: Source): void {
    this.#forwarder.switchTo(source);
    this.#askForKeyframe();
  }

  switchTo(id: SourceId): void {
    if (this.#isDisposed) return;
    this.#tie[Symbol.dispose]();
    this.#tie = this.#join(id, this);
  }

  setPaused(isPaused: boolean): void {
    this.#forwarder.setPaused(isPaused);
    if (!isPaused) this.#askForKeyframe();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#tie[Symbol.dispose]();
    this.#feedback[Symbol.dispose]();
    this.#forwarder[Symbol.dispose]();
  }

  #askForKeyframe(): void {
    this.#forwarder.awaited?.askForKeyframe(this.#clock.now());
  }

  #take(feedback: RtpFeedback): void {
    switch (feedback.type) {
      case 'nack':
        return this.#forwarder.retransmit(feedback.sequenceNumbers, this.#clock.now());
      case 'keyframe':
        return (this.#forwarder.awaited ?? this.#forwarder.following)?.askForKeyframe(this.#clock.now());
      case 'bandwidth':
        // One layer per source: there is nothing to choose.
        return;
      default:
        return unreachable(feedback);
    }
  }
}

/** A copy of a source as it arrives. */
export class Tap implements SourceOutput, SourceWaiter, Disposable {
  readonly #sink: RtpSink;
  readonly #tie: Disposable;
  #source: Source | undefined;

  constructor(id: SourceId, sink: RtpSink, join: Join) {
    this.#sink = sink;
    this.#tie = join(id, this);
  }

  follow(source: Source): void {
    this.#source?.detach(this);
    this.#source = source;
    source.attach(this);
  }

  write(packet: RtpPacket, _from: Source, now: number): void {
    this.#sink.write(packet, now);
  }

  senderReport(report: SenderReport, now: number): void {
    this.#sink.senderReport(report, now);
  }

  [Symbol.dispose](): void {
    this.#tie[Symbol.dispose]();
    this.#source?.detach(this);
  }
}
