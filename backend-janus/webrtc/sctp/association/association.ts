import type { Random } from '#services/kernel';
import { Handshake, type HandshakeChunk, type PeerParameters } from './handshake.ts';
import { Inbound } from './inbound.ts';
import { MessageQueue, type Reliability } from './message-queue.ts';
import { Outbound } from './outbound.ts';
import {
  chunkType,
  commonHeaderBytes,
  padded,
  PacketWriter,
  writeChunk,
  type Ports,
} from './wire/packet-format.ts';
import type { InboundMessage } from './reassembly.ts';
import { StreamResets } from './stream-resets.ts';
import { readSack, writeForward } from './wire/progress-chunks.ts';

/** What an association needs, and whom it tells. */
export interface AssociationOptions {
  readonly ports: Ports;
  /** Bytes of the largest message that is taken. */
  readonly mostMessageBytes: number;
  readonly random: Random;
  /** Takes a packet that nobody changes later. */
  readonly send: (packet: Buffer) => void;
  /** Takes each message once, those of an ordered stream in their order. */
  readonly onMessage: (message: InboundMessage) => void;
  /** The peer has closed its direction of these streams; none stands for all. */
  readonly onReset: (streams: readonly number[]) => void;
}

/** RFC 9260 section 16: Association.Max.Retrans. */
const mostFailures = 10;

/** How often a request to close streams is repeated. */
const resetTimeoutMs = 500;

/** What is there once the peer has proved that it hears us. */
interface Established {
  readonly peer: PeerParameters;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly resets: StreamResets;
}

/**
 * One SCTP association (RFC 9260) over DTLS (RFC 8261), with messages that may be given up (RFC 3758) and streams
 * that may be closed (RFC 6525): rules alone, with neither clock nor socket.
 *
 * Limits: one path and no heartbeats of our own, since ICE watches the path; no interleaving of messages (RFC 8260);
 * duplicates are not reported. Checksums are written and not read: DTLS has proved every byte.
 */
export class Association {
  /** Packets and chunks that could not be used. */
  dropped = 0;
  readonly #options: AssociationOptions;
  readonly #writer: PacketWriter;
  readonly #messages = new MessageQueue();
  readonly #handshake: Handshake;
  #established: Established | undefined;
  #isClosed = false;
  #isReceiving = false;

  constructor(options: AssociationOptions) {
    this.#options = options;
    this.#writer = new PacketWriter(options.ports);
    this.#handshake = new Handshake(options.random, Inbound.windowBytes);
  }

  get isEstablished(): boolean {
    return this.#established !== undefined && !this.#isClosed;
  }

  /** How many streams there are in both directions; 0 before the association is up. */
  get streams(): number {
    return this.#established?.peer.streams ?? 0;
  }

  /** Nothing is sent or taken any more: the peer went, or does not answer. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Bytes of messages that are not sent yet, with what keeping them costs. */
  get queuedBytes(): number {
    return this.#messages.bytes;
  }

  /** When `tick` is to be called; Infinity if nothing is waited for. */
  get deadline(): number {
    if (this.#isClosed) return Infinity;
    const { inbound, outbound, resets } = this.#established ?? {};
    return Math.min(
      this.#handshake.deadline,
      inbound?.deadline ?? Infinity,
      outbound?.deadline ?? Infinity,
      resets?.deadline ?? Infinity,
    );
  }

  /** Call it once there is a way to the peer. */
  start(now: number): void {
    this.#handshake.start(now);
  }

  /** Queues a message; its bytes must not change until it has arrived. */
  send(stream: number, protocol: number, bytes: Buffer, reliability: Reliability, now: number): void {
    if (this.#isClosed) return;
    this.#messages.push(stream, protocol, bytes, reliability, now);
    this.#flush(now);
  }

  /** Closes our direction of a stream: what it has begun to send is still sent. */
  close(stream: number, now: number): void {
    if (this.#established === undefined) return;
    this.#messages.discard(stream);
    this.#established.resets.close(stream);
    this.#flush(now);
  }

  /** Closes our direction of a stream once all that waits on it is sent. */
  finish(stream: number, now: number): void {
    this.#established?.resets.close(stream);
    this.#flush(now);
  }

  /** Whether our direction of the stream cannot be used yet, because it was closed. */
  isClosing(stream: number): boolean {
    return this.#established?.resets.isClosing(stream) ?? false;
  }

  /** Takes a packet that `isSoundSctp`. */
  receive(packet: Buffer, now: number): void {
    if (this.#isClosed) return;
    const tag = packet.readUInt32BE(4);
    this.#isReceiving = true;
    for (let at = commonHeaderBytes; at < packet.length;) {
      const length = packet.readUInt16BE(at + 2);
      this.#take(packet.subarray(at, at + length), tag, now);
      at += padded(length);
    }
    this.#isReceiving = false;
    this.#established?.inbound.endOfPacket(now);
    this.#flush(now);
  }

  /** Does what is due. */
  tick(now: number): void {
    if (this.#isClosed) return;
    if (this.#handshake.deadline <= now) this.#reply(this.#handshake.retry(now));
    if (this.#established === undefined) return;
    const { inbound, outbound, resets } = this.#established;
    inbound.tick(now);
    if (outbound.deadline <= now) outbound.expire(now);
    if (outbound.failures > mostFailures || resets.failures > mostFailures) this.abort();
    this.#flush(now);
  }

  /** Ends at once, and tells the peer (RFC 9260 section 9.1). */
  abort(): void {
    if (this.#isClosed) return;
    const peer = this.#established?.peer;
    if (peer !== undefined) this.#reply({ tag: peer.tag, chunk: writeChunk(chunkType.abort) });
    this.#isClosed = true;
  }

  #take(chunk: Buffer, tag: number, now: number): void {
    if (this.#isClosed) return;
    const type = chunk.readUInt8(0);
    // A peer that has no association names its own tag (RFC 9260 section 8.5.1).
    const isReflected = type === chunkType.abort && tag === this.#established?.peer.tag;
    const expected = type === chunkType.init ? 0 : this.#handshake.tag;
    if (tag !== expected && !isReflected) return void (this.dropped += 1);
    if (isOfHandshake(type)) return this.#shakeHands(chunk, now);
    if (this.#established === undefined) return void (this.dropped += 1);
    this.#takeEstablished(type, chunk, this.#established, now);
  }

  #shakeHands(chunk: Buffer, now: number): void {
    this.#reply(this.#handshake.receive(chunk, now));
    const { peer, firstTsn } = this.#handshake;
    if (peer === undefined || this.#established !== undefined) return;
    const inbound = new Inbound(peer.firstTsn, this.#options.mostMessageBytes, this.#options.onMessage);
    const outbound = new Outbound(this.#messages, firstTsn, peer);
    const around = {
      lastSent: () => outbound.lastTsn,
      cumulative: () => inbound.cumulative,
      onPeerReset: (streams: readonly number[]) => {
        inbound.restart(streams);
        this.#options.onReset(streams);
      },
      onOwnReset: (streams: readonly number[]) => {
        for (const stream of streams) this.#messages.restart(stream);
      },
    };
    const resets = new StreamResets(around, firstTsn, peer.firstTsn);
    this.#established = { peer, inbound, outbound, resets };
  }

  #takeEstablished(type: number, chunk: Buffer, established: Established, now: number): void {
    const { peer, inbound, outbound, resets } = established;
    switch (type) {
      case chunkType.data:
        return this.#judge(inbound.takeData(chunk));
      case chunkType.forwardTsn:
        return inbound.takeForward(chunk);
      case chunkType.sack:
        if (!outbound.acknowledge(readSack(chunk), now)) this.dropped += 1;
        return;
      case chunkType.heartbeat:
        return this.#reply({ tag: peer.tag, chunk: writeChunk(chunkType.heartbeatAck, chunk.subarray(4)) });
      case chunkType.reconfig:
        for (const reply of resets.receive(chunk)) this.#reply({ tag: peer.tag, chunk: reply });
        return;
      case chunkType.shutdown:
        this.#reply({ tag: peer.tag, chunk: writeChunk(chunkType.shutdownAck) });
        this.#isClosed = true;
        return;
      case chunkType.abort:
        this.#isClosed = true;
        return;
      default:
        // What reports an error, or answers what we never ask: nothing follows from it.
        return;
    }
  }

  #judge(verdict: 'taken' | 'refused' | 'hostile'): void {
    if (verdict === 'taken') return;
    this.dropped += 1;
    if (verdict === 'hostile') this.abort();
  }

  #reply(answer: HandshakeChunk | undefined): void {
    if (answer === undefined || this.#isClosed || padded(answer.chunk.length) > this.#writer.room) return;
    this.#writer.add(answer.chunk);
    this.#options.send(this.#writer.finish(answer.tag));
  }

  /** Sends what may be sent now, as few packets as it fits into. */
  #flush(now: number): void {
    if (this.#established === undefined || this.#isClosed || this.#isReceiving) return;
    const { peer, inbound, outbound, resets } = this.#established;
    const sack = inbound.takeSack();
    if (sack !== undefined) this.#writer.add(sack);
    outbound.beginBurst();
    for (;;) {
      const chunk = outbound.next(this.#writer.room, now);
      if (chunk !== undefined) this.#writer.addData(chunk);
      else if (this.#writer.isEmpty) break;
      else this.#options.send(this.#writer.finish(peer.tag));
    }
    const forward = outbound.takeForward(now);
    if (forward !== undefined) this.#reply({ tag: peer.tag, chunk: writeForward(forward) });
    const request = resets.request((stream) => !this.#messages.isBusy(stream), now, resetTimeoutMs);
    if (request !== undefined) this.#reply({ tag: peer.tag, chunk: request });
  }
}

function isOfHandshake(type: number): boolean {
  return (
    type === chunkType.init ||
    type === chunkType.initAck ||
    type === chunkType.cookieEcho ||
    type === chunkType.cookieAck
  );
}
