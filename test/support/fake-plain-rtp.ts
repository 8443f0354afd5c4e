import {
  RtpPacket,
  type Encoding,
  type PlainAgreement,
  type PlainRefusal,
  type PlainRtp,
  type PlainRtpFactory,
  type PlainRtpOptions,
  type PlainRtpStats,
  type StreamCounters,
  type RtpSink,
  NegotiationError,
} from '#janus/media';
import type { Clock, TransportAddress } from '#services/kernel';
import { FakeRtpSender } from './fake-rtp-sender.ts';

/** A datagram that a fake leg sent. */
export interface FakeSent {
  readonly bytes: Buffer;
  readonly to: TransportAddress;
}

/** A plain leg without sockets: a test hands it what arrives, and reads where it would have sent what. */
export class FakePlainRtp implements PlainRtp {
  readonly options: PlainRtpOptions;
  readonly local: TransportAddress;
  readonly sent: FakeSent[] = [];
  keyframeRequests = 0;
  isClosed = false;
  readonly #clock: Clock;
  readonly #refused = { early: 0, stranger: 0, rate: 0, malformed: 0, unauthentic: 0, unknown_stream: 0 };
  readonly #sender: FakePlainSender;
  #agreement: PlainAgreement | undefined;
  #remote: TransportAddress | undefined;
  #learnsUntil = -Infinity;
  #packets = 0;
  #bytes = 0;
  #open: ((encoding: Encoding) => RtpSink) | undefined;
  #stream: { readonly ssrc: number; readonly sink: RtpSink | undefined } | undefined;

  constructor(options: PlainRtpOptions, clock: Clock, port: number) {
    this.options = options;
    this.#clock = clock;
    this.local = { address: '192.0.2.9', port };
    this.#sender = new FakePlainSender(port, (bytes) => {
      if (this.#agreement?.sends === true && this.#remote !== undefined)
        this.sent.push({ bytes, to: this.#remote });
    });
  }

  get agreement(): PlainAgreement | undefined {
    return this.#agreement;
  }

  get sender(): FakeRtpSender {
    return this.#sender;
  }

  agreed(agreement: PlainAgreement): void {
    const before = this.#agreement?.remote;
    this.#agreement = agreement;
    this.#sender.renegotiated({ ...this.#sender.parameters, payloadTypes: agreement.send });
    if (before !== undefined && isSame(before, agreement.remote)) return;
    this.#remote = agreement.remote;
    this.#learnsUntil = this.#clock.now() + 1000;
  }

  receive(open: (encoding: Encoding) => RtpSink): Disposable {
    this.#open = open;
    this.#stream = undefined;
    return {
      [Symbol.dispose]: () => {
        this.#open = this.#stream = undefined;
      },
    };
  }

  requestKeyframe(): void {
    this.keyframeRequests += 1;
  }

  stats(): PlainRtpStats {
    return {
      packetsReceived: this.#packets,
      packetsSent: this.sent.length,
      packetsLost: 0,
      jitterMs: undefined,
      roundTripMs: undefined,
      streams: this.#streams(),
      local: this.local,
      remote: this.#remote,
      isLatched: this.#remote !== this.#agreement?.remote,
      refused: { ...this.#refused },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    this.#agreement = undefined;
    return Promise.resolve();
  }

  /** A datagram arrives on the RTP port. */
  arrive(bytes: Buffer, from: TransportAddress): void {
    const refusal = this.#take(bytes, from);
    if (refusal !== undefined) this.#refused[refusal] += 1;
  }

  #streams(): StreamCounters[] {
    if (this.#agreement === undefined) return [];
    const [codec = ''] = this.#agreement.send.keys();
    const rest = { packetsLost: 0, jitterMs: undefined, roundTripMs: undefined, bitsPerSecond: 0 };
    const both = { kind: this.options.kind, codec, ...rest };
    const { ssrc } = this.#sender.parameters;
    const bytes = this.sent.reduce((sum, one) => sum + one.bytes.length - 12, 0);
    const out = { ...both, direction: 'out', ssrc, packets: this.sent.length, bytes } as const;
    if (this.#stream === undefined) return [out];
    const { ssrc: theirs } = this.#stream;
    return [{ ...both, direction: 'in', ssrc: theirs, packets: this.#packets, bytes: this.#bytes }, out];
  }

  #take(bytes: Buffer, from: TransportAddress): PlainRefusal | undefined {
    if (this.#agreement === undefined) return 'early';
    if (!this.#mayCome(from)) return 'stranger';
    const packet = RtpPacket.parse(bytes);
    if (packet === undefined) return 'malformed';
    const { receive, receives } = this.#agreement;
    if (!receives || !receive.has(packet.payloadType)) return 'unknown_stream';
    this.#learnsUntil = -Infinity;
    this.#remote = this.#remote && isSame(this.#remote, from) ? this.#remote : from;
    if (this.#stream?.ssrc !== packet.ssrc) {
      const { kind } = this.options;
      const parameters = { kind, payloadTypes: receive, extensions: new Map() };
      this.#stream = { ssrc: packet.ssrc, sink: this.#open?.({ ssrc: packet.ssrc, parameters }) };
    }
    this.#packets += 1;
    this.#bytes += packet.payloadBytes;
    this.#stream.sink?.write(packet, this.#clock.now());
    return undefined;
  }

  #mayCome(from: TransportAddress): boolean {
    if (this.#remote === undefined || isSame(this.#remote, from)) return this.#remote !== undefined;
    if (this.#clock.now() > this.#learnsUntil || this.options.latch === 'off') return false;
    return this.options.latch === 'address' || from.address === this.#remote.address;
  }
}

/** Hands each packet on as the peer would get it. */
class FakePlainSender extends FakeRtpSender {
  readonly #onPacket: (bytes: Buffer) => void;

  constructor(ssrc: number, onPacket: (bytes: Buffer) => void) {
    super({ ssrc, payloadTypes: new Map(), extensions: new Map() });
    this.#onPacket = onPacket;
  }

  override send(head: Buffer, headBytes: number, packet: Buffer, skip: number): void {
    super.send(head, headBytes, packet, skip);
    this.#onPacket(Buffer.concat([head.subarray(0, headBytes), packet.subarray(skip)]));
  }
}

/** Makes fake legs, on ports from 20000 on. */
export class FakePlainRtpFactory implements PlainRtpFactory {
  readonly made: FakePlainRtp[] = [];
  /** While set, no leg can be opened. */
  isFull = false;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Legs that are not disposed; zero when nothing leaks. */
  get size(): number {
    return this.made.filter(({ isClosed }) => !isClosed).length;
  }

  open(options: PlainRtpOptions): Promise<FakePlainRtp> {
    if (this.isFull) return Promise.reject(new NegotiationError('no pair of ports is free for plain RTP'));
    const leg = new FakePlainRtp(options, this.#clock, 20_000 + 2 * this.made.length);
    this.made.push(leg);
    return Promise.resolve(leg);
  }
}

function isSame(one: TransportAddress, other: TransportAddress): boolean {
  return one.address === other.address && one.port === other.port;
}
