import { unreachable, type Clock } from '#services/kernel';
import type { RtpPacket } from '../rtp-packet.ts';
import type { RtpFeedback, RtpSender, RtpSink, SenderReport } from '../rtp-sink.ts';
import { Forwarder, type ForwardedLayers } from './forwarder.ts';
import { LayerSelection, type LayerTarget } from './layers/layer-selection.ts';
import type { SourceWaiter } from './published-stream.ts';
import type { Source, SourceId, SourceOutput } from './source.ts';

/** One subscriber's tie to one stream. */
export interface Subscription extends Disposable {
  /** What goes out at present. */
  readonly layers: ForwardedLayers;
  /** Which layers are wanted at most; they change at the next pictures that allow it. */
  target: LayerTarget;
  /**
   * Moves to another stream: the old one flows until the new one's keyframe; sequence numbers and timestamps stay
   * continuous.
   */
  switchTo(id: SourceId): void;
  /** Follows no stream until it is switched to one; sequence numbers and timestamps go on then. */
  release(): void;
  setPaused(isPaused: boolean): void;
}

/** Ties a waiter to an id until disposed; tells it at once if there is such a source. */
export type Join = (id: SourceId, waiter: SourceWaiter) => Disposable;

/**
 * A subscriber: its forwarder, fed by the layer of its stream that suits it best whenever there is one, and what its
 * peer reports.
 */
export class ForwardingSubscription implements Subscription, SourceWaiter {
  readonly #forwarder: Forwarder;
  readonly #selection = new LayerSelection();
  readonly #join: Join;
  readonly #clock: Clock;
  readonly #feedback: Disposable;
  #layer: number | undefined;
  #sources: readonly Source[] = [];
  #tie: Disposable;
  #isDisposed = false;

  constructor(
    id: SourceId,
    sender: RtpSender,
    join: Join,
    clock: Clock,
    onLayers: (layers: ForwardedLayers) => void,
  ) {
    this.#forwarder = new Forwarder(sender, onLayers);
    this.#join = join;
    this.#clock = clock;
    this.#feedback = sender.onFeedback((feedback) => this.#take(feedback));
    this.#layer = id.layer;
    this.#tie = join(id, this);
  }

  get layer(): number | undefined {
    return this.#layer;
  }

  get layers(): ForwardedLayers {
    return this.#forwarder.layers;
  }

  get target(): LayerTarget {
    return this.#selection.target;
  }

  set target(target: LayerTarget) {
    this.#selection.target = target;
    this.#select(this.#clock.now());
  }

  follow(sources: readonly Source[]): void {
    this.#sources = sources;
    this.#select(this.#clock.now());
  }

  look(now: number): void {
    const isAlone = this.#sources.length === 1;
    if (!isAlone || this.#selection.hasBudget) this.#select(now);
  }

  switchTo(id: SourceId): void {
    if (this.#isDisposed) return;
    this.#tie[Symbol.dispose]();
    this.#layer = id.layer;
    this.#sources = [];
    this.#tie = this.#join(id, this);
  }

  release(): void {
    this.#tie[Symbol.dispose]();
    this.#sources = [];
    this.#forwarder[Symbol.dispose]();
  }

  setPaused(isPaused: boolean): void {
    this.#forwarder.setPaused(isPaused);
    if (isPaused) return;
    this.#select(this.#clock.now());
    this.#askForKeyframe(this.#clock.now());
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#tie[Symbol.dispose]();
    this.#feedback[Symbol.dispose]();
    this.#forwarder[Symbol.dispose]();
  }

  #select(now: number): void {
    if (this.#isDisposed || this.#forwarder.isPaused) return;
    const chosen = this.#selection.choose(this.#sources, now);
    this.#forwarder.temporalTarget = this.#selection.temporal;
    if (chosen === undefined || chosen === this.#forwarder.headingFor) return;
    this.#forwarder.switchTo(chosen);
    this.#askForKeyframe(now);
  }

  #askForKeyframe(now: number): void {
    this.#forwarder.awaited?.askForKeyframe(now);
  }

  #take(feedback: RtpFeedback): void {
    switch (feedback.type) {
      case 'nack':
        return this.#forwarder.retransmit(feedback.sequenceNumbers, this.#clock.now());
      case 'keyframe':
        return (this.#forwarder.awaited ?? this.#forwarder.following)?.askForKeyframe(this.#clock.now());
      case 'bandwidth':
        this.#selection.bandwidth = feedback.bitsPerSecond;
        return;
      default:
        return unreachable(feedback);
    }
  }
}

/** A copy of a source as it arrives. */
export class Tap implements SourceOutput, SourceWaiter, Disposable {
  /** Without one in its id it is the lowest. */
  readonly layer: number;
  readonly #sink: RtpSink;
  readonly #tie: Disposable;
  #source: Source | undefined;

  constructor(id: SourceId, sink: RtpSink, join: Join) {
    this.layer = id.layer ?? 0;
    this.#sink = sink;
    this.#tie = join(id, this);
  }

  follow([source]: readonly Source[]): void {
    if (source === this.#source) return;
    this.#source?.detach(this);
    this.#source = source;
    source?.attach(this);
  }

  look(): void {
    // It has one layer.
  }

  write(packet: RtpPacket, _from: Source, now: number): void {
    this.#sink.write(packet, now);
  }

  senderReport(report: SenderReport, _from: Source, now: number): void {
    this.#sink.senderReport(report, now);
  }

  [Symbol.dispose](): void {
    this.#tie[Symbol.dispose]();
    this.#source?.detach(this);
  }
}
