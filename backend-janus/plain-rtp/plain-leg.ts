import {
  parseRtcp,
  RtpPacket,
  TokenBucket,
  type Encoding,
  type FullIntraRequest,
  type PlainAgreement,
  type PlainRefusal,
  type PlainRtp,
  type PlainRtpOptions,
  type PlainRtpStats,
  type RtcpBlock,
  type RtpSender,
  type RtpSink,
  type SrtpContextFactory,
} from '#janus/media';
import {
  unreachable,
  type Clock,
  type DatagramReceiver,
  type DatagramSocket,
  type DatagramSocketFactory,
  type Random,
  type TransportAddress,
} from '#services/kernel';
import { PlainReceiver } from './plain-receiver.ts';
import { PlainSender } from './plain-sender.ts';
import type { PortPair } from './port-pairs.ts';
import { RtcpWriter } from './rtcp-writer.ts';
import { SourceLock } from './source-lock.ts';
import { SrtpPair } from './srtp-pair.ts';

/** A packet must fit an Ethernet frame. */
const mostPacketBytes = 1500;

/** Packets of one plain stream; four times what video of 5 Mbit/s has. */
const rtpRate = { perSecond: 2000, burst: 2000 };

/** Packets of who might be the peer, in the second in which its address is learned. */
const candidateRate = { perSecond: 200, burst: 200 };

/** RTCP of one peer with one stream. */
const rtcpRate = { perSecond: 50, burst: 50 };

/** Between two reports, more or less a half (RFC 3550 section 6.2); the first comes after half of that. */
const reportMs = 5000;

/** What plain RTP legs are made of. */
export interface PlainRtpParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: DatagramSocketFactory;
  readonly srtp: SrtpContextFactory;
}

/** What one leg is made of. */
export interface LegSurroundings extends PlainRtpParts {
  readonly announcedAddress: string;
}

/** One RTP and RTCP socket pair: what arrives is checked here, what is sent goes to the one address that is the peer's. */
export class PlainLeg implements PlainRtp {
  readonly #surroundings: LegSurroundings;
  readonly #onClosed: () => void;
  readonly #isVideo: boolean;
  readonly #lock: SourceLock;
  readonly #rtcpLock: SourceLock;
  readonly #srtp: SrtpPair;
  readonly #sender: PlainSender;
  readonly #receiver: PlainReceiver;
  readonly #writer: RtcpWriter;
  readonly #buckets = {
    peer: new TokenBucket(rtpRate),
    candidate: new TokenBucket(candidateRate),
    rtcp: new TokenBucket(rtcpRate),
  };
  readonly #refused = noRefusals();
  #pair: PortPair | undefined;
  #agreement: PlainAgreement | undefined;
  /** The peer was heard where it is at present. */
  #isHeard = false;
  #timer: Disposable | undefined;
  #disposal: Promise<void> | undefined;

  /** `onClosed` is called when it is disposed. */
  constructor(surroundings: LegSurroundings, { kind, latch }: PlainRtpOptions, onClosed: () => void) {
    const { clock, random, srtp } = surroundings;
    this.#surroundings = surroundings;
    this.#onClosed = onClosed;
    this.#isVideo = kind === 'video';
    this.#lock = new SourceLock(latch);
    // Any other address is a stranger's, unless it is the one that RTP was found to come from.
    this.#rtcpLock = new SourceLock(latch === 'off' ? 'off' : 'port');
    this.#srtp = new SrtpPair(srtp);
    this.#sender = new PlainSender(clock, random.uint32(), this.#sendRtp);
    this.#receiver = new PlainReceiver(kind);
    this.#writer = new RtcpWriter(random.uuid(), this.#sender, this.#receiver);
  }

  /** Takes what arrives on the even port. */
  readonly rtp: DatagramReceiver = {
    receive: (datagram, from, now) => this.#arrived(datagram, from, now),
  };

  /** Takes what arrives on the odd port. */
  readonly rtcp: DatagramReceiver = {
    receive: (datagram, from, now) => {
      if (this.#agreement === undefined) this.#refused.early += 1;
      else this.#rtcpArrived(datagram, from, now, this.#rtcpLock);
    },
  };

  /** Takes its sockets. */
  start(pair: PortPair): void {
    this.#pair = pair;
  }

  get local(): TransportAddress {
    return { address: this.#surroundings.announcedAddress, port: this.#pair?.rtp.local.port ?? 0 };
  }

  get sender(): RtpSender {
    return this.#sender;
  }

  agreed(agreement: PlainAgreement): void {
    if (this.#disposal !== undefined) return;
    const now = this.#surroundings.clock.now();
    if (this.#lock.announce(agreement.remote, now)) this.#isHeard = false;
    this.#rtcpLock.announce(agreement.remoteRtcp, now);
    this.#srtp.agreed(agreement.keys);
    this.#sender.agreed(agreement);
    this.#receiver.agreed(agreement);
    this.#agreement = agreement;
    this.#timer ??= this.#armReport(reportMs / 2);
  }

  receive(open: (encoding: Encoding) => RtpSink): Disposable {
    return this.#receiver.attach(open);
  }

  requestKeyframe(): void {
    const feedback = this.#agreement?.feedback;
    const request = feedback && this.#writer.keyframeRequest(feedback, this.#surroundings.clock.now());
    if (request !== undefined) this.#sendRtcp(request);
  }

  stats(): PlainRtpStats {
    return {
      packetsReceived: this.#receiver.packets,
      packetsSent: this.#sender.packets,
      packetsLost: this.#receiver.lost,
      jitterMs: this.#receiver.jitterMs,
      roundTripMs: this.#sender.roundTripMs,
      streams: [
        this.#receiver.stats ?? [],
        this.#sender.stats(this.#isVideo ? 'video' : 'audio') ?? [],
      ].flat(),
      local: this.local,
      remote: this.#lock.remote,
      isLatched: this.#lock.isLatched,
      refused: { ...this.#refused },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#close();
    return this.#disposal;
  }

  #close(): Promise<void> {
    if (this.#agreement !== undefined) this.#sendRtcp(this.#writer.goodbye(this.#surroundings.clock.now()));
    this.#timer?.[Symbol.dispose]();
    this.#agreement = undefined;
    this.#onClosed();
    return closePair(this.#pair);
  }

  #arrived(datagram: Buffer, from: TransportAddress, now: number): void {
    const agreement = this.#agreement;
    if (agreement === undefined) return void (this.#refused.early += 1);
    if (isRtcp(datagram)) {
      if (!agreement.isRtcpMux) return void (this.#refused.malformed += 1);
      return this.#rtcpArrived(datagram, from, now, this.#lock);
    }
    const sender = this.#lock.judge(from, now);
    if (sender === 'stranger') return void (this.#refused.stranger += 1);
    if (!this.#buckets[sender].take(now)) return void (this.#refused.rate += 1);
    const packet = this.#opened(datagram);
    if (packet === undefined) return;
    if (!agreement.receives || !this.#receiver.knows(packet)) return void (this.#refused.unknown_stream += 1);
    this.#settle(from);
    this.#greet(now);
    if (!this.#receiver.write(packet, now)) this.#refused.unknown_stream += 1;
  }

  /** The packet in a datagram, authenticated if there are keys; undefined, and counted, if there is none. */
  #opened(datagram: Buffer): RtpPacket | undefined {
    const isSized = datagram.length <= mostPacketBytes;
    const bytes = isSized ? (this.#srtp.inbound?.unprotectRtp(datagram) ?? datagram.length) : 0;
    if (bytes < 0) {
      this.#refused.unauthentic += 1;
      return undefined;
    }
    const packet = RtpPacket.parse(datagram.subarray(0, bytes));
    if (packet === undefined) this.#refused.malformed += 1;
    return packet;
  }

  /** A peer found behind NAT sends its RTCP from there too: from the next port, until it proves another one. */
  #settle(from: TransportAddress): void {
    this.#lock.settle(from);
    const { remote } = this.#lock;
    if (!this.#lock.isLatched || remote === undefined || this.#rtcpLock.remote?.address === remote.address)
      return;
    this.#rtcpLock.announce(
      { address: remote.address, port: remote.port + 1 },
      this.#surroundings.clock.now(),
    );
  }

  #rtcpArrived(datagram: Buffer, from: TransportAddress, now: number, lock: SourceLock): void {
    const sender = lock.judge(from, now);
    if (sender === 'stranger') return void (this.#refused.stranger += 1);
    if (!this.#buckets.rtcp.take(now)) return void (this.#refused.rate += 1);
    const isSized = datagram.length <= mostPacketBytes;
    const bytes = isSized ? (this.#srtp.inbound?.unprotectRtcp(datagram) ?? datagram.length) : 0;
    if (bytes < 0) return void (this.#refused.unauthentic += 1);
    const blocks = parseRtcp(datagram.subarray(0, bytes));
    if (blocks === undefined) return void (this.#refused.malformed += 1);
    if (sender === 'candidate' && !this.#isFromStream(blocks)) return void (this.#refused.stranger += 1);
    if (lock === this.#rtcpLock) lock.settle(from);
    this.#greet(now);
    for (const block of blocks) this.#heed(block, now);
  }

  /** With every report a keyframe for who cannot ask: it may have begun to listen just now, or have lost a packet. */
  #refresh(now: number): void {
    const { sends = false, feedback } = this.#agreement ?? {};
    const canAsk = feedback?.pli === true || feedback?.fir === true;
    if (this.#isVideo && sends && !canAsk) this.#sender.feedback({ type: 'keyframe' }, now);
  }

  /** The peer is there for the first time: what went out before, keyframes too, may have come before it listened. */
  #greet(now: number): void {
    if (this.#isHeard || !this.#isVideo) return;
    this.#isHeard = true;
    this.#sender.feedback({ type: 'keyframe' }, now);
  }

  /** Only who reports of the stream that is heard can be its sender. */
  #isFromStream([first]: readonly RtcpBlock[]): boolean {
    const { ssrc } = this.#receiver;
    return ssrc !== undefined && first?.type === 'sender_report' && first.sender === ssrc;
  }

  #heed(block: RtcpBlock, now: number): void {
    switch (block.type) {
      case 'sender_report':
        this.#receiver.senderReport(block, now);
        return this.#sender.reported(block.reports);
      case 'receiver_report':
        return this.#sender.reported(block.reports);
      case 'bye':
        if (block.ssrcs.some((one) => one === this.#receiver.ssrc)) this.#receiver.forget();
        return;
      case 'nack':
        if (this.#agreement?.feedback.nack === true) this.#sender.nacked(block, now);
        return;
      case 'pli':
        return this.#keyframeAsked('pli', [block.media], now);
      case 'fir':
        return this.#keyframeAsked('fir', ssrcsOf(block.requests), now);
      case 'remb':
      case 'transport_feedback':
        return;
      default:
        return unreachable(block);
    }
  }

  #keyframeAsked(how: 'pli' | 'fir', ssrcs: readonly number[], now: number): void {
    const isAgreed = this.#agreement?.feedback[how] === true;
    if (isAgreed && ssrcs.includes(this.#sender.parameters.ssrc))
      this.#sender.feedback({ type: 'keyframe' }, now);
  }

  readonly #sendRtp = (head: Buffer, headBytes: number, packet: Buffer, skip: number): boolean => {
    const bytes = headBytes + packet.length - skip;
    const { remote } = this.#lock;
    const isFit = bytes <= mostPacketBytes && packet.length >= skip;
    if (this.#agreement?.sends !== true || remote === undefined || !isFit) return false;
    const socket = this.#pair?.rtp;
    const out = socket?.lend();
    if (socket === undefined || out === undefined) return false;
    const { outbound } = this.#srtp;
    const written =
      outbound === undefined
        ? head.copy(out, 0, 0, headBytes) + packet.copy(out, headBytes, skip)
        : outbound.protectRtp(head, headBytes, packet, skip, out);
    if (written <= 0) return false;
    socket.send(out.subarray(0, written), remote);
    return true;
  };

  #sendRtcp(packet: Buffer): void {
    if (this.#agreement === undefined || this.#pair === undefined) return;
    const { isRtcpMux } = this.#agreement;
    const { remote } = isRtcpMux ? this.#lock : this.#rtcpLock;
    const socket = isRtcpMux ? this.#pair.rtp : this.#pair.rtcp;
    const out = socket.lend();
    if (remote === undefined || out === undefined) return;
    const written = this.#srtp.outbound?.protectRtcp(packet, out) ?? packet.copy(out);
    if (written <= 0) return;
    socket.send(out.subarray(0, written), remote);
    socket.flush();
  }

  #armReport(ms: number): Disposable {
    const { clock } = this.#surroundings;
    return clock.at(clock.now() + ms, () => {
      this.#sendRtcp(this.#writer.report(clock.now()));
      this.#refresh(clock.now());
      const share = 0.5 + this.#surroundings.random.uint32() / 2 ** 32;
      this.#timer = this.#armReport(reportMs * share);
    });
  }
}

/** RFC 5761 section 4: what these are as payload types with their marker bit is not used for RTP. */
function isRtcp(datagram: Buffer): boolean {
  const type = datagram[1] ?? 0;
  return type >= 192 && type <= 223;
}

function ssrcsOf(requests: readonly FullIntraRequest[]): readonly number[] {
  return requests.map(({ ssrc }) => ssrc);
}

async function closePair(pair: PortPair | undefined): Promise<void> {
  const sockets: readonly DatagramSocket[] = pair === undefined ? [] : [pair.rtp, pair.rtcp];
  await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
}

function noRefusals(): Record<PlainRefusal, number> {
  return { early: 0, stranger: 0, rate: 0, malformed: 0, unauthentic: 0, unknown_stream: 0 };
}
