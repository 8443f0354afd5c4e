import { RtpPacket, type RtpFeedback, type RtpSender, type SendParameters } from '#janus/media';

/** Keeps what it is given to send, as the peer would get it, and reports what a test says. */
export class FakeRtpSender implements RtpSender {
  /** Timestamps and the times that they were tied to, in order. */
  readonly ties: (readonly [rtpTimestamp: number, wallTimeMs: number])[] = [];
  #parameters: SendParameters;
  readonly #sent: Buffer[] = [];
  /** Packets sent, those taken included. */
  count = 0;
  readonly #listeners = new Set<(feedback: RtpFeedback) => void>();

  constructor(parameters: SendParameters) {
    this.#parameters = parameters;
  }

  get parameters(): SendParameters {
    return this.#parameters;
  }

  /** The packets sent so far. Throws if one of them is not RTP. */
  get sent(): readonly RtpPacket[] {
    return this.#sent.map(parsed);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The packets sent since the last call. */
  take(): readonly RtpPacket[] {
    return this.#sent.splice(0).map(parsed);
  }

  send(head: Buffer, headBytes: number, packet: Buffer, skip: number): void {
    this.count += 1;
    this.#sent.push(Buffer.concat([head.subarray(0, headBytes), packet.subarray(skip)]));
  }

  tieClock(rtpTimestamp: number, wallTimeMs: number): void {
    this.ties.push([rtpTimestamp >>> 0, wallTimeMs]);
  }

  onFeedback(listener: (feedback: RtpFeedback) => void): Disposable {
    const entry = (feedback: RtpFeedback): void => listener(feedback);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  /** A later offer changed what was negotiated. */
  renegotiated(parameters: SendParameters): void {
    this.#parameters = parameters;
  }

  /** The peer reports something. */
  report(feedback: RtpFeedback): void {
    for (const listener of this.#listeners) listener(feedback);
  }
}

function parsed(bytes: Buffer): RtpPacket {
  const packet = RtpPacket.parse(bytes);
  if (packet === undefined) throw new RangeError('what was sent is not RTP');
  return packet;
}
