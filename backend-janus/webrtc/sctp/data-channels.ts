import type { ChannelReliability, CloseOptions } from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import { Association } from './association/association.ts';
import type { InboundMessage } from './association/reassembly.ts';
import { ChannelTable, type Channel } from './channel-table.ts';
import { ClosedLabels } from './closed-labels.ts';
import {
  channelAck,
  isChannelAck,
  parseOpen,
  payloadProtocol,
  readMessage,
  writeMessage,
  writeOpen,
} from './dcep.ts';
import { HeldMessages } from './held-messages.ts';
import { isSoundSctp } from './packet-guard.ts';

/** Who is told of what the peer does with its channels. */
export interface ChannelListener {
  opened(label: string, reliability: ChannelReliability): void;
  /** It closed a channel that it had opened, or the only one of that label. */
  shut(label: string): void;
  /** Every message of every channel, those of an ordered channel in their order. */
  message(label: string, payload: string | Buffer): void;
}

/** Channels that each side may have open; a message on another one is dropped. */
const mostChannels = 64;

/** Bytes of a label that we open a channel for: what people write, and no more. */
const mostLabelBytes = 1024;

/** Bytes queued towards a peer that reads too slowly, over all its channels; beyond them messages are dropped. */
const mostQueuedBytes = 1024 * 1024;

/** Beyond them, for answers to a peer that opens channels: it may open without end, and take no answer. */
const answerReserveBytes = 64 * 1024;

/** What we announce as `a=max-message-size`, and take (RFC 8841 section 6). */
export const maxMessageBytes = 256 * 1024;

/** The SCTP port that our descriptions name (RFC 8841 section 5.2). */
const localPort = 5000;

const reliable = { isOrdered: true } as const;

/** What data channels work with. */
export interface DataChannelParts {
  readonly clock: Clock;
  readonly random: Random;
  /** We are: that side opens its channels on even streams, the other one on odd ones (RFC 8832 section 6). */
  readonly isDtlsClient: boolean;
}

/** What the peer's description says of its end. */
export interface DataChannelPeer {
  readonly port: number;
  /** Bytes of the largest message it takes; 0 for any size. */
  readonly maxMessageBytes: number;
}

/**
 * The data channels of one peer (RFC 8831, RFC 8832), whoever opens them.
 *
 * Messages on a channel of ours wait until the peer answers: by then we know whether it opens one of that label too, as
 * pages do that make theirs on both sides, and then they go on that one.
 */
export class DataChannels implements Disposable {
  readonly #clock: Clock;
  readonly #association: Association;
  readonly #mostBytes: number;
  readonly #listener: ChannelListener;
  readonly #channels = new ChannelTable();
  /** What is to be opened once the association is up, by label. */
  readonly #wanted = new Map<string, ChannelReliability>();
  readonly #held = new HeldMessages();
  /** Labels whose last channel the peer closed: a message does not open them again. */
  readonly #closed = new ClosedLabels();
  /** Streams that we closed and the peer not yet. */
  readonly #halfClosed = new Set<number>();
  readonly #firstStream: number;
  #refused = 0;
  #timer: Disposable | undefined;
  #timerAt = Infinity;
  #state: 'new' | 'started' | 'ended' = 'new';

  /** `send` puts bytes, which nobody changes later, into the DTLS association. */
  constructor(
    { clock, random, isDtlsClient }: DataChannelParts,
    peer: DataChannelPeer,
    send: (bytes: Buffer) => void,
    listener: ChannelListener,
  ) {
    this.#clock = clock;
    this.#listener = listener;
    this.#firstStream = isDtlsClient ? 0 : 1;
    this.#mostBytes = peer.maxMessageBytes === 0 ? maxMessageBytes : peer.maxMessageBytes;
    this.#association = new Association({
      ports: { local: localPort, remote: peer.port },
      mostMessageBytes: maxMessageBytes,
      random,
      send,
      onMessage: (message) => this.#take(message),
      onReset: (streams) => this.#reset(streams),
    });
  }

  /** Channels that are open. */
  get size(): number {
    return this.#channels.size;
  }

  /** Packets, chunks and messages that could not be used. */
  get dropped(): number {
    return this.#refused + this.#association.dropped;
  }

  /** Lets the association begin; call it once DTLS is up. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#association.start(this.#clock.now());
    this.#arm();
  }

  /** Takes what DTLS decrypted. */
  receive(bytes: Buffer): void {
    if (this.#state !== 'started') return;
    if (isSoundSctp(bytes)) this.#association.receive(bytes, this.#clock.now());
    else this.#refused += 1;
    this.#afterwards();
  }

  /**
   * Opens a channel of ours, now or once the association is up, unless there is one of that label. False if it cannot
   * be: the association is over, too many are open, or the label is too long.
   */
  open(label: string, reliability: ChannelReliability): boolean {
    if (this.#channels.wayTo(label) !== undefined || this.#wanted.has(label)) return true;
    const count = this.#channels.countOf('us') + this.#wanted.size;
    const isPossible = !this.#isOver && this.#association.queuedBytes <= mostQueuedBytes;
    if (!isPossible || count >= mostChannels || Buffer.byteLength(label) > mostLabelBytes) return false;
    this.#closed.delete(label);
    this.#wanted.set(label, reliability);
    this.#afterwards();
    return this.#wanted.has(label) || this.#channels.wayTo(label) !== undefined;
  }

  /** Closes the channels of that label; what waits on them is still sent. */
  close(label: string, { isOursOnly = false }: CloseOptions): void {
    this.#wanted.delete(label);
    for (const channel of this.#channels.labelled(label)) {
      if (isOursOnly && channel.opener === 'peer') continue;
      if (!channel.isConfirmed) this.#sendHeld(channel);
      this.#channels.remove(channel);
      this.#halfClosed.add(channel.stream);
      this.#association.finish(channel.stream, this.#clock.now());
    }
    if (this.#channels.wayTo(label) === undefined) this.#held.take(label);
    this.#afterwards();
  }

  /**
   * Opens a channel of ours where there is none of that label. False if it was dropped: that cannot be, or the peer has
   * closed it; the message is too large, or the peer reads too slowly. The bytes must not change until they have arrived.
   */
  send(label: string, payload: string | Buffer): boolean {
    if (this.#isOver || Buffer.byteLength(payload) > this.#mostBytes) return false;
    const channel = this.#channels.wayTo(label);
    if (channel?.isConfirmed === true) return this.#put(channel, payload);
    if (this.#closed.has(label) || !this.open(label, reliable)) return false;
    return this.#held.hold(label, payload);
  }

  /** Tells the peer, and ends. */
  [Symbol.dispose](): void {
    this.#state = 'ended';
    this.#association.abort();
    this.#afterwards();
  }

  get #isOver(): boolean {
    return this.#state === 'ended' || this.#association.isClosed;
  }

  #put({ stream, reliability }: Channel, payload: string | Buffer): boolean {
    const { protocol, bytes } = writeMessage(payload);
    if (this.#association.queuedBytes + bytes.length > mostQueuedBytes) return false;
    this.#association.send(stream, protocol, bytes, reliability, this.#clock.now());
    this.#afterwards();
    return true;
  }

  #take({ stream, protocol, bytes }: InboundMessage): void {
    if (this.#state !== 'started') return;
    if (protocol === payloadProtocol.dcep) return this.#control(stream, bytes);
    const channel = this.#channels.at(stream);
    const message = readMessage(protocol, bytes);
    if (channel === undefined || message === undefined) return void (this.#refused += 1);
    this.#channels.used(channel);
    this.#confirm(channel);
    this.#listener.message(channel.label, message);
  }

  #control(stream: number, message: Buffer): void {
    const known = this.#channels.at(stream);
    if (isChannelAck(message) && known?.opener === 'us') return this.#confirm(known);
    const parameters = parseOpen(message);
    if (parameters === undefined || !this.#canBeOpened(stream)) return void (this.#refused += 1);
    if (known !== undefined) this.#channels.remove(known);
    const channel: Channel = { ...parameters, stream, opener: 'peer', isConfirmed: true };
    this.#channels.add(channel);
    this.#closed.delete(channel.label);
    this.#wanted.delete(channel.label);
    this.#association.send(stream, payloadProtocol.dcep, channelAck, reliable, this.#clock.now());
    this.#sendHeld(channel);
    this.#listener.opened(channel.label, channel.reliability);
  }

  /** By the peer. */
  #canBeOpened(stream: number): boolean {
    if (this.#association.isClosing(stream) || this.#channels.at(stream)?.opener === 'us') return false;
    if (this.#association.queuedBytes > mostQueuedBytes + answerReserveBytes) return false;
    return this.#channels.at(stream) !== undefined || this.#channels.countOf('peer') < mostChannels;
  }

  /** The peer knows of the channel; a sender before that would have to keep unordered messages in order. */
  #confirm(channel: Channel): void {
    if (channel.isConfirmed) return;
    channel.isConfirmed = true;
    this.#sendHeld(this.#channels.wayTo(channel.label) ?? channel);
  }

  #sendHeld(channel: Channel): void {
    for (const { payload } of this.#held.take(channel.label))
      if (!this.#put(channel, payload)) this.#refused += 1;
  }

  /** The peer closes channels: their other direction is closed too (RFC 8831 section 6.7). */
  #reset(streams: readonly number[]): void {
    if (streams.length === 0) this.#halfClosed.clear();
    for (const stream of streams.length > 0 ? streams : this.#channels.streams) {
      this.#halfClosed.delete(stream);
      const channel = this.#channels.at(stream);
      if (channel === undefined) continue;
      this.#channels.remove(channel);
      this.#association.close(stream, this.#clock.now());
      this.#shut(channel);
    }
  }

  /** A channel of ours beside one of the peer's is of no use without it; the other way round it goes on. */
  #shut({ label, opener }: Channel): void {
    const left = this.#channels.labelled(label);
    if (left.some((channel) => channel.opener === 'peer') || (opener === 'us' && left.length > 0)) return;
    this.close(label, {});
    if (Buffer.byteLength(label) <= mostLabelBytes) this.#closed.add(label);
    this.#listener.shut(label);
  }

  #openWanted(): void {
    if (this.#wanted.size === 0 || !this.#association.isEstablished) return;
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (const [label, reliability] of wanted) {
      const stream = this.#freeStream();
      if (stream === undefined) {
        this.#held.take(label);
        this.#refused += 1;
        continue;
      }
      this.#channels.add({ label, reliability, stream, opener: 'us', isConfirmed: false });
      const open = writeOpen({ label, reliability });
      this.#association.send(stream, payloadProtocol.dcep, open, reliable, this.#clock.now());
    }
  }

  #freeStream(): number | undefined {
    for (let stream = this.#firstStream; stream < this.#association.streams; stream += 2) {
      const isUsed = this.#channels.at(stream) !== undefined || this.#halfClosed.has(stream);
      if (!isUsed && !this.#association.isClosing(stream)) return stream;
    }
    return undefined;
  }

  #afterwards(): void {
    if (this.#association.isClosed) {
      this.#channels.clear();
      this.#wanted.clear();
      this.#held.clear();
    }
    this.#openWanted();
    this.#arm();
  }

  /** A timer that is early costs less than one that is set anew for every packet. */
  #arm(): void {
    const { deadline } = this.#association;
    if (deadline === Infinity || deadline < this.#timerAt) {
      this.#timer?.[Symbol.dispose]();
      this.#timerAt = deadline;
      this.#timer = deadline === Infinity ? undefined : this.#clock.at(deadline, this.#tick);
    }
  }

  readonly #tick = (): void => {
    this.#timerAt = Infinity;
    const now = this.#clock.now();
    if (this.#association.deadline <= now) this.#association.tick(now);
    this.#afterwards();
  };
}
