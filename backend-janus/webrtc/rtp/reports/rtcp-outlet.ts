import {
  writeBye,
  writeNack,
  writePli,
  writeReceiverReport,
  writeRemb,
  writeSenderReport,
  writeSourceDescription,
  type ReportBlock,
  type SenderState,
  type TransportArrivals,
} from '#janus/media';

/** Room for a compound packet: what fits an Ethernet frame with IPv6, UDP and SRTCP around it. */
const compoundBytes = 1200;

/**
 * Builds compound RTCP packets (RFC 3550 section 6.1) and hands each to `send`, which uses it before it returns.
 *
 * Feedback goes behind an empty receiver report, so that peers without RFC 5506 (reduced size) take it too.
 */
export class RtcpOutlet {
  readonly #packet = Buffer.alloc(compoundBytes);
  readonly #cname: string;
  readonly #send: (packet: Buffer) => void;
  #at = 0;

  /** `cname` is the same for all streams of a connection (RFC 7022). */
  constructor(cname: string, send: (packet: Buffer) => void) {
    this.#cname = cname;
    this.#send = send;
  }

  /** Reports on one m-line: what we send if we do, and how its streams arrive. */
  report(ssrc: number, sent: SenderState | undefined, received: readonly ReportBlock[]): void {
    this.#at =
      sent === undefined
        ? writeReceiverReport(this.#packet, 0, ssrc, received)
        : writeSenderReport(this.#packet, 0, sent, received);
    this.#at += writeSourceDescription(this.#packet, this.#at, ssrc, this.#cname);
    this.#send(this.#packet.subarray(0, this.#at));
  }

  /** Asks for a keyframe of each stream. */
  pli(ssrc: number, media: readonly number[]): void {
    this.#begin(ssrc);
    for (const stream of media) this.#at += writePli(this.#packet, this.#at, ssrc, stream);
    this.#send(this.#packet.subarray(0, this.#at));
  }

  /** Asks for lost packets again. */
  nack(ssrc: number, media: number, sequenceNumbers: readonly number[]): void {
    this.#begin(ssrc);
    this.#at += writeNack(this.#packet, this.#at, ssrc, media, sequenceNumbers);
    this.#send(this.#packet.subarray(0, this.#at));
  }

  /** Tells how much all of `media` together may send. */
  remb(ssrc: number, bitsPerSecond: number, media: readonly number[]): void {
    this.#begin(ssrc);
    this.#at += writeRemb(this.#packet, this.#at, ssrc, bitsPerSecond, media);
    this.#send(this.#packet.subarray(0, this.#at));
  }

  /** Tells when packets of `media` and the other streams arrived, in as many packets as it takes. */
  transportFeedback(ssrc: number, media: number, arrivals: TransportArrivals, now: number): void {
    for (;;) {
      this.#begin(ssrc);
      const bytes = arrivals.write(this.#packet, this.#at, ssrc, media, now);
      if (bytes === 0) return;
      this.#send(this.#packet.subarray(0, this.#at + bytes));
    }
  }

  /** Says that a stream of ours has ended (RFC 3550 section 6.6). */
  bye(ssrc: number): void {
    this.#begin(ssrc);
    this.#at += writeSourceDescription(this.#packet, this.#at, ssrc, this.#cname);
    this.#at += writeBye(this.#packet, this.#at, [ssrc]);
    this.#send(this.#packet.subarray(0, this.#at));
  }

  #begin(ssrc: number): void {
    this.#at = writeReceiverReport(this.#packet, 0, ssrc, []);
  }
}
