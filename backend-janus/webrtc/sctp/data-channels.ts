import { RTCDtlsTransport, RTCIceGatherer, RTCIceTransport, RTCSctpTransport } from 'werift';
import { channelAck, parseOpen, payloadProtocol, readMessage, writeMessage } from './dcep.ts';
import type { ChannelParameters } from './dcep.ts';
import { carriesData, isSoundSctp } from './packet-guard.ts';

/** Told every message of every channel, in the order of its channel. */
export type MessageListener = (label: string, payload: string | Buffer) => void;

/** Channels that a peer may have open; a message on another one is dropped. */
const mostChannels = 64;

/** Bytes queued towards a peer that reads too slowly, over all its channels; beyond them messages are dropped. */
const mostQueuedBytes = 1024 * 1024;

/** What we announce as `a=max-message-size`, and take (RFC 8841 section 6). */
export const maxMessageBytes = 256 * 1024;

type Sctp = RTCSctpTransport['sctp'];

/**
 * The data channels of one peer (RFC 8831, RFC 8832), over werift's SCTP. The peer opens them; we never do.
 *
 * Limit: a channel whose messages may be late by a time is sent as a reliable one.
 */
export class DataChannels implements AsyncDisposable {
  /** Packets that SCTP never saw, or could not use. */
  dropped = 0;
  readonly #dtls: RTCDtlsTransport;
  readonly #transport: RTCSctpTransport;
  readonly #sctp: Sctp;
  readonly #mostBytes: number;
  readonly #onMessage: MessageListener;
  /** By stream id. */
  readonly #channels = new Map<number, ChannelParameters>();
  /** The stream of each label: the one that was used last. */
  readonly #streams = new Map<string, number>();
  #queuedBytes = 0;
  #state: 'new' | 'started' | 'ended' = 'new';

  /** `send` puts bytes into the DTLS association; `ports.maxMessageBytes` is the peer's, 0 for any size. */
  constructor(
    ports: { readonly local: number; readonly maxMessageBytes: number },
    send: (bytes: Buffer) => void,
    onMessage: MessageListener,
  ) {
    this.#onMessage = onMessage;
    this.#mostBytes = ports.maxMessageBytes === 0 ? maxMessageBytes : ports.maxMessageBytes;
    // Only a carrier between SCTP and our DtlsTransport: it is never started and opens no socket.
    this.#dtls = new RTCDtlsTransport({}, new RTCIceTransport(new RTCIceGatherer()), undefined, []);
    const sendData = (bytes: Buffer): Promise<void> => {
      send(bytes);
      return Promise.resolve();
    };
    Object.assign(this.#dtls, { sendData });
    this.#transport = new RTCSctpTransport(ports.local, maxMessageBytes);
    this.#transport.setDtlsTransport(this.#dtls);
    this.#sctp = this.#transport.sctp;
    // Its own channels trust what they are told; ours take their place.
    this.#sctp.onReceive.allUnsubscribe();
    this.#sctp.onReconfigStreams.allUnsubscribe();
    this.#sctp.onReceive.subscribe((stream, protocol, bytes) => this.#take(stream, protocol, bytes));
    this.#sctp.onReconfigStreams.subscribe((streams) => this.#reset(streams));
  }

  /** Channels that are open. */
  get size(): number {
    return this.#channels.size;
  }

  /** Waits for the peer's association; call it once DTLS is up. */
  start(remotePort: number): void {
    this.#state = 'started';
    this.#own(this.#transport.start(remotePort));
  }

  /** Takes what DTLS decrypted. */
  receive(bytes: Buffer): void {
    if (this.#state !== 'started') return;
    if (!isSoundSctp(bytes) || (carriesData(bytes) && this.#isFull)) this.dropped += 1;
    else this.#hand(bytes);
  }

  /** False if it was dropped: no such channel is open, the message is too large, or the peer reads too slowly. */
  send(label: string, payload: string | Buffer): boolean {
    const stream = this.#streams.get(label);
    const channel = stream === undefined ? undefined : this.#channels.get(stream);
    if (stream === undefined || channel === undefined) return false;
    const { protocol, bytes } = writeMessage(payload);
    if (bytes.length > this.#mostBytes || this.#queuedBytes + bytes.length > mostQueuedBytes) return false;
    const { isOrdered: ordered, mostRetransmissions: maxRetransmits } = channel;
    this.#queuedBytes += bytes.length;
    const sent = this.#sctp.send(stream, protocol, bytes, { ordered, maxRetransmits });
    this.#own(sent.finally(() => (this.#queuedBytes -= bytes.length)));
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const wasStarted = this.#state === 'started';
    this.#state = 'ended';
    this.#channels.clear();
    this.#streams.clear();
    if (wasStarted) await this.#transport.stop();
  }

  /** The peer sends more than the window we announced: its messages are never complete. */
  get #isFull(): boolean {
    const window: unknown = Reflect.get(this.#sctp, 'advertisedRwnd');
    return typeof window === 'number' && window < 0;
  }

  /** werift's own entry drops the promise of what a packet leads to, and with it every error. */
  #hand(bytes: Buffer): void {
    const handle: unknown = Reflect.get(this.#sctp, 'handleData');
    if (typeof handle !== 'function') throw new TypeError('SCTP has no entry');
    const outcome: unknown = Reflect.apply(handle, this.#sctp, [bytes]);
    if (outcome instanceof Promise) this.#own(outcome);
  }

  /** What SCTP cannot use harms nobody else: it is counted. */
  #own(work: Promise<unknown>): void {
    work.catch(() => {
      this.dropped += 1;
    });
  }

  #take(stream: number, protocol: number, bytes: Buffer): void {
    if (this.#state !== 'started') return;
    if (protocol === payloadProtocol.dcep) return this.#control(stream, bytes);
    const channel = this.#channels.get(stream);
    const message = readMessage(protocol, bytes);
    if (channel === undefined || message === undefined || bytes.length > maxMessageBytes) {
      this.dropped += 1;
      return;
    }
    this.#streams.set(channel.label, stream);
    this.#onMessage(channel.label, message);
  }

  #control(stream: number, message: Buffer): void {
    const parameters = parseOpen(message);
    const hasRoom = this.#channels.has(stream) || this.#channels.size < mostChannels;
    if (parameters === undefined || !hasRoom) return void (this.dropped += 1);
    this.#channels.set(stream, parameters);
    this.#streams.set(parameters.label, stream);
    this.#own(this.#sctp.send(stream, payloadProtocol.dcep, channelAck, { ordered: true }));
  }

  /** The peer closes channels: their other direction is closed too (RFC 8831 section 6.7). */
  #reset(streams: readonly number[]): void {
    for (const stream of streams) {
      const channel = this.#channels.get(stream);
      if (channel === undefined) continue;
      this.#channels.delete(stream);
      if (this.#streams.get(channel.label) === stream) this.#streams.delete(channel.label);
      this.#sctp.reconfigQueue.push(stream);
      if (this.#sctp.reconfigQueue.length === 1) this.#own(this.#sctp.transmitReconfigRequest());
    }
  }
}
