import { acceptAnswer, negotiateOffer, parseRtcp, type RtcpBlock } from '#janus/media';
import type { Contestant } from '../servers/contestant.ts';
import { LoadPeer, type Secured } from './load-peer.ts';
import { StreamWriter, headerBytes, type StreamShape } from './stream.ts';

/** Datagrams that the system may not have read yet. */
const ringSlots = 1024;

const slotBytes = 1500;

/** A delay of the load itself is caught up to this many packets; what is beyond it was not offered. */
const mostCaughtUp = 100;

/** Sends one stream at a steady pace to a server, and heeds its requests for keyframes. */
export class Publisher implements AsyncDisposable {
  /** Packets sent so far. */
  sent = 0;
  /** Packets that the server asked for again, as it missed them. */
  nacked = 0;
  readonly #peer: LoadPeer;
  readonly #shape: StreamShape;
  readonly #writer: StreamWriter;
  readonly #secured: Secured;
  readonly #ring = Array.from({ length: ringSlots }, () => Buffer.allocUnsafeSlow(slotBytes));
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #due = 0;

  private constructor(peer: LoadPeer, secured: Secured, shape: StreamShape, writer: StreamWriter) {
    this.#peer = peer;
    this.#secured = secured;
    this.#shape = shape;
    this.#writer = writer;
  }

  /** Connects to the server as its publisher; nothing is sent before `start`. */
  static async open(server: Contestant, shape: StreamShape): Promise<Publisher> {
    const late: { publisher?: Publisher } = {};
    const peer = await LoadPeer.open(server.address, (datagram) => late.publisher?.take(datagram));
    const { kind, codec } = shape;
    const offer = negotiateOffer([{ kind, direction: 'sendonly', codecs: [codec] }], peer.local);
    const session = acceptAnswer(offer, await server.publish(offer.sdp));
    const send = session.media[0]?.send;
    const payloadType = send?.payloadTypes.get(codec)?.media;
    if (send === undefined || payloadType === undefined) throw new Error(`${server.name} refused ${codec}`);
    const secured = await peer.connect(session, true);
    const writer = new StreamWriter(shape, payloadType, send.ssrc);
    late.publisher = new Publisher(peer, secured, shape, writer);
    return late.publisher;
  }

  get profile(): string {
    return this.#secured.profile;
  }

  get keyframes(): number {
    return this.#writer.keyframes;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#startedAt = performance.now();
    this.#due = 0;
    this.#timer = setInterval(this.#pace, 1);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Takes what the server reports. */
  take(datagram: Buffer): void {
    const bytes = this.#secured.inbound.unprotectRtcp(datagram);
    if (bytes <= 0) return;
    for (const block of parseRtcp(datagram.subarray(0, bytes)) ?? []) this.#heed(block);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#peer[Symbol.asyncDispose]();
  }

  /** Sends what is due by now. */
  readonly #pace = (): void => {
    const now = performance.now();
    const due = Math.floor(((now - this.#startedAt) * this.#shape.packetsPerSecond) / 1000);
    const count = Math.min(due - this.#due, mostCaughtUp);
    this.#due = due;
    for (let sent = 0; sent < count; sent += 1) this.#send(now);
  };

  #send(now: number): void {
    this.#writer.next(now);
    const slot = this.#ring[this.sent % ringSlots];
    if (slot === undefined) return;
    const { head, payload } = this.#writer;
    const bytes = this.#secured.outbound.protectRtp(head, headerBytes, payload, 0, slot);
    this.#peer.send(slot.subarray(0, bytes));
    this.sent += 1;
  }

  #heed(block: RtcpBlock): void {
    if (block.type === 'pli' || block.type === 'fir') this.#writer.wantKeyframe();
    if (block.type === 'nack') this.nacked += block.sequenceNumbers.length;
  }
}
