import {
  writeBye,
  writeFir,
  writePli,
  writeReceiverReport,
  writeSenderReport,
  writeSourceDescription,
  type PlainFeedback,
} from '#janus/media';
import type { PlainReceiver } from './plain-receiver.ts';
import type { PlainSender } from './plain-sender.ts';

/** Room for a report with one block, a name, and a request. */
const mostBytes = 512;

/** Writes compound RTCP packets, each with a report and our name first (RFC 3550 section 6.1). */
export class RtcpWriter {
  readonly #cname: string;
  readonly #sender: PlainSender;
  readonly #receiver: PlainReceiver;
  readonly #out = Buffer.alloc(mostBytes);
  #demands = 0;

  constructor(cname: string, sender: PlainSender, receiver: PlainReceiver) {
    this.#cname = cname;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  /** The regular report. What this and the others return is valid until the next call. */
  report(now: number): Buffer {
    return this.#out.subarray(0, this.#begin(now));
  }

  /** Asks for a keyframe in the way that the peer knows; undefined if it knows none or sends nothing. */
  keyframeRequest({ pli, fir }: PlainFeedback, now: number): Buffer | undefined {
    const { ssrc } = this.#receiver;
    if (ssrc === undefined || !(pli || fir)) return undefined;
    const at = this.#begin(now);
    const own = this.#sender.parameters.ssrc;
    if (!pli) this.#demands += 1;
    const written = pli
      ? writePli(this.#out, at, own, ssrc)
      : writeFir(this.#out, at, own, ssrc, this.#demands);
    return this.#out.subarray(0, at + written);
  }

  goodbye(now: number): Buffer {
    const at = this.#begin(now);
    return this.#out.subarray(0, at + writeBye(this.#out, at, [this.#sender.parameters.ssrc]));
  }

  #begin(now: number): number {
    const { ssrc } = this.#sender.parameters;
    const reception = this.#receiver.report(now);
    const reports = reception === undefined ? [] : [reception];
    const sent = this.#sender.report(now);
    const at =
      sent === undefined
        ? writeReceiverReport(this.#out, 0, ssrc, reports)
        : writeSenderReport(this.#out, 0, sent, reports);
    return at + writeSourceDescription(this.#out, at, ssrc, this.#cname);
  }
}
