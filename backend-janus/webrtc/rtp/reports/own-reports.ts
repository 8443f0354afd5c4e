import { TransportArrivals } from '#janus/media';
import type { Clock } from '#services/kernel';
import type { MediaSection } from '../media-section.ts';
import type { ReceiveStream } from '../receive-stream.ts';
import type { RtcpOutlet } from './rtcp-outlet.ts';

/** What we tell the peer: how its streams arrive, and what we want of it (RFC 3550 section 6, RFC 4585). */
export class OwnReports {
  readonly #clock: Clock;
  readonly #outlet: RtcpOutlet;
  readonly #sections: ReadonlyMap<string, MediaSection>;
  /** Who reports, where nothing is sent. */
  readonly #ssrc: number;
  #arrivals = new TransportArrivals();
  /** The stream that transport-wide feedback names, since it must name one. */
  #numbered = 0;
  #bitrateLimit: number | undefined;

  constructor(clock: Clock, outlet: RtcpOutlet, sections: ReadonlyMap<string, MediaSection>, ssrc: number) {
    this.#clock = clock;
    this.#outlet = outlet;
    this.#sections = sections;
    this.#ssrc = ssrc;
  }

  /** When `work` has something to do; Infinity if nothing waits. */
  get deadline(): number {
    let earliest = this.#arrivals.deadline;
    for (const section of this.#sections.values()) {
      earliest = Math.min(earliest, section.keyframeDeadline);
      for (const stream of section.streams.values()) earliest = Math.min(earliest, stream.deadline);
    }
    return earliest;
  }

  /** Undefined before one of our reports, or of our requests for lost packets, was answered. */
  get roundTripMs(): number | undefined {
    let measured: number | undefined = undefined;
    for (const { send, streams } of this.#sections.values()) {
      if (send?.roundTripMs !== undefined) return send.roundTripMs;
      for (const stream of streams.values()) measured ??= stream.roundTripMs;
    }
    return measured;
  }

  get bitrateLimit(): number | undefined {
    return this.#bitrateLimit;
  }

  /** Notes a packet of `ssrc` by its transport-wide number; returns when the peer is to be told. */
  arrived(sequenceNumber: number, ssrc: number, now: number): number {
    this.#numbered = ssrc;
    this.#arrivals.note(sequenceNumber, now);
    return this.#arrivals.deadline;
  }

  /** The peer was made anew: its numbers begin anew, and what was protected for the old one is of no use. */
  restart(): void {
    this.#arrivals = new TransportArrivals();
    for (const { send } of this.#sections.values()) send?.forgetSent();
  }

  /** Asks for a keyframe, at once or as soon as the last request is old enough. */
  requestKeyframe(section: MediaSection, rid: string | undefined, now: number): void {
    section.wantKeyframe(rid);
    this.#askKeyframes(section, now);
  }

  /** Limits what the peer sends, all its streams together; the peer is told now and each second. */
  limitBitrate(bitsPerSecond: number): void {
    this.#bitrateLimit = bitsPerSecond;
    this.#sendRemb();
  }

  /** Does what is due: losses asked for again, keyframes where that failed, transport-wide feedback. */
  work(now: number): void {
    const { roundTripMs } = this;
    for (const section of this.#sections.values()) {
      for (const stream of section.streams.values()) this.#askLost(section, stream, roundTripMs, now);
      this.#askKeyframes(section, now);
    }
    if (this.#arrivals.deadline <= now)
      this.#outlet.transportFeedback(this.#ssrc, this.#numbered, this.#arrivals, now);
  }

  /** Once a second: reports, and the limit again. */
  tick(now: number): void {
    for (const section of this.#sections.values()) this.#report(section, now);
    this.#sendRemb();
  }

  /** Says that what we sent on an m-line has ended. */
  ended({ send }: MediaSection): void {
    if (send !== undefined) this.#outlet.bye(send.parameters.ssrc);
  }

  /** Says that all streams of ours end. */
  goodbye(): void {
    for (const section of this.#sections.values()) this.ended(section);
  }

  /** The SSRC that speaks for an m-line. */
  #reporter(section: MediaSection): number {
    return section.send?.parameters.ssrc ?? this.#ssrc;
  }

  #askLost(section: MediaSection, stream: ReceiveStream, roundTripMs: number | undefined, now: number): void {
    if (stream.deadline <= now) {
      const lost = stream.lost(now, roundTripMs);
      if (lost.length > 0) this.#outlet.nack(this.#reporter(section), stream.encoding.ssrc, lost);
    }
    if (stream.takeGivenUp()) section.wantKeyframe(stream.encoding.rid);
  }

  #report(section: MediaSection, now: number): void {
    const { send, streams } = section;
    const received = [...streams.values()].flatMap((stream) => stream.report(now) ?? []);
    const sent = send?.report(now, this.#clock.wallTime());
    if (sent !== undefined || received.length > 0)
      this.#outlet.report(this.#reporter(section), sent, received);
  }

  #askKeyframes(section: MediaSection, now: number): void {
    const due = section.keyframesDue(now);
    if (due.length === 0) return;
    for (const ssrc of due) {
      const stream = section.streams.get(ssrc);
      if (stream !== undefined) stream.keyframeRequests += 1;
    }
    this.#outlet.pli(this.#reporter(section), due);
  }

  #sendRemb(): void {
    if (this.#bitrateLimit === undefined) return;
    const limited = [...this.#sections.values()].filter(({ receive }) => receive?.feedback.remb);
    const ssrcs = limited.flatMap(({ streams }) => [...streams.keys()]);
    const [first] = limited;
    if (first !== undefined && ssrcs.length > 0)
      this.#outlet.remb(this.#reporter(first), this.#bitrateLimit, ssrcs);
  }
}
