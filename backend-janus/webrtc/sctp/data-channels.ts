import type { Clock, Random } from '#services/kernel';
import { Association } from './association/association.ts';
import type { InboundMessage } from './association/reassembly.ts';
import { channelAck, parseOpen, payloadProtocol, readMessage, writeMessage } from './dcep.ts';
import type { ChannelParameters } from './dcep.ts';
import { isSoundSctp } from './packet-guard.ts';

/** Who is told of what the peer does with its channels. */
export interface ChannelListener {
  opened(label: string): void;
  /** Every message of every channel, those of an ordered channel in their order. */
  message(label: string, payload: string | Buffer): void;
}

/** Channels that a peer may have open; a message on another one is dropped. */
const mostChannels = 64;

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
}

/** What the peer's description says of its end. */
export interface DataChannelPeer {
  readonly port: number;
  /** Bytes of the largest message it takes; 0 for any size. */
  readonly maxMessageBytes: number;
}

/** The data channels of one peer (RFC 8831, RFC 8832). The peer opens and closes them; we never do. */
export class DataChannels implements Disposable {
  readonly #clock: Clock;
  readonly #association: Association;
  readonly #mostBytes: number;
  readonly #listener: ChannelListener;
  /** By stream id. */
  readonly #channels = new Map<number, ChannelParameters>();
  /** The stream of each label: the one that was used last. */
  readonly #streams = new Map<string, number>();
  #refused = 0;
  #timer: Disposable | undefined;
  #timerAt = Infinity;
  #state: 'new' | 'started' | 'ended' = 'new';

  /** `send` puts bytes, which nobody changes later, into the DTLS association. */
  constructor(
    { clock, random }: DataChannelParts,
    peer: DataChannelPeer,
    send: (bytes: Buffer) => void,
    listener: ChannelListener,
  ) {
    this.#clock = clock;
    this.#listener = listener;
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
   * False if it was dropped: no such channel is open, the message is too large, or the peer reads too slowly. The
   * bytes must not change until they have arrived.
   */
  send(label: string, payload: string | Buffer): boolean {
    const stream = this.#streams.get(label);
    const channel = stream === undefined ? undefined : this.#channels.get(stream);
    if (stream === undefined || channel === undefined || this.#association.isClosed) return false;
    const { protocol, bytes } = writeMessage(payload);
    if (bytes.length > this.#mostBytes || this.#association.queuedBytes + bytes.length > mostQueuedBytes)
      return false;
    this.#association.send(stream, protocol, bytes, channel.reliability, this.#clock.now());
    this.#afterwards();
    return true;
  }

  /** Tells the peer, and ends. */
  [Symbol.dispose](): void {
    this.#state = 'ended';
    this.#association.abort();
    this.#afterwards();
  }

  #take({ stream, protocol, bytes }: InboundMessage): void {
    if (this.#state !== 'started') return;
    if (protocol === payloadProtocol.dcep) return this.#control(stream, bytes);
    const channel = this.#channels.get(stream);
    const message = readMessage(protocol, bytes);
    if (channel === undefined || message === undefined) return void (this.#refused += 1);
    this.#streams.set(channel.label, stream);
    this.#listener.message(channel.label, message);
  }

  #control(stream: number, message: Buffer): void {
    const parameters = parseOpen(message);
    if (parameters === undefined || !this.#hasRoomFor(stream) || this.#association.isClosing(stream))
      return void (this.#refused += 1);
    this.#forget(stream);
    this.#channels.set(stream, parameters);
    this.#streams.set(parameters.label, stream);
    this.#association.send(stream, payloadProtocol.dcep, channelAck, reliable, this.#clock.now());
    this.#listener.opened(parameters.label);
  }

  #hasRoomFor(stream: number): boolean {
    if (this.#association.queuedBytes > mostQueuedBytes + answerReserveBytes) return false;
    return this.#channels.has(stream) || this.#channels.size < mostChannels;
  }

  /** The peer closes channels: their other direction is closed too (RFC 8831 section 6.7). */
  #reset(streams: readonly number[]): void {
    for (const stream of streams.length > 0 ? streams : [...this.#channels.keys()]) {
      if (!this.#channels.has(stream)) continue;
      this.#forget(stream);
      this.#association.close(stream, this.#clock.now());
    }
  }

  #forget(stream: number): void {
    const channel = this.#channels.get(stream);
    this.#channels.delete(stream);
    if (channel !== undefined && this.#streams.get(channel.label) === stream)
      this.#streams.delete(channel.label);
  }

  #afterwards(): void {
    if (this.#association.isClosed) {
      this.#channels.clear();
      this.#streams.clear();
    }
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
