import {
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceTransport,
  RTCSctpTransport,
  type RTCDataChannel,
} from 'werift';
import type { Certificate } from '../dtls/certificate.ts';

/** Told every message of every channel, in the order of its channel. */
export type MessageListener = (label: string, payload: string | Buffer) => void;

/** Channels that a peer may have open; a message on another one is dropped. */
const mostChannels = 64;

/** Bytes queued towards a peer that reads too slowly, over all its channels; beyond them messages are dropped. */
const mostQueuedBytes = 1024 * 1024;

/** What we announce as `a=max-message-size`, and take (RFC 8841 section 6). */
export const maxMessageBytes = 256 * 1024;

/**
 * The data channels of one peer (RFC 8831, RFC 8832), over werift's SCTP. The peer opens them; we never do.
 *
 * Limit: the reassembly of fragmented messages is werift's, and bounded only by its receive window.
 */
export class DataChannels implements AsyncDisposable {
  readonly #sctp: RTCSctpTransport;
  readonly #dtls: RTCDtlsTransport;
  readonly #channels = new Map<string, RTCDataChannel>();
  readonly #onMessage: MessageListener;
  #isStarted = false;

  /** `send` puts bytes into the DTLS association. */
  constructor(
    certificate: Certificate,
    ports: { readonly local: number; readonly maxMessageBytes: number },
    send: (bytes: Buffer) => void,
    onMessage: MessageListener,
  ) {
    this.#onMessage = onMessage;
    // Only a carrier between SCTP and our DtlsTransport: it is never started and opens no socket.
    this.#dtls = new RTCDtlsTransport({}, new RTCIceTransport(new RTCIceGatherer()), certificate.werift, []);
    const sendData = (bytes: Buffer): Promise<void> => {
      send(bytes);
      return Promise.resolve();
    };
    Object.assign(this.#dtls, { sendData });
    this.#sctp = new RTCSctpTransport(ports.local, maxMessageBytes);
    this.#sctp.setDtlsTransport(this.#dtls);
    this.#sctp.setRemoteMaxMessageSize(ports.maxMessageBytes);
    this.#sctp.onDataChannel.subscribe((channel) => this.#add(channel));
  }

  /** Waits for the peer's association; call it once DTLS is up. */
  start(remotePort: number): void {
    this.#isStarted = true;
    this.#sctp.start(remotePort).catch(() => {
      // The association was aborted while it began; whoever closes it says so.
    });
  }

  /** Takes what DTLS decrypted. */
  receive(bytes: Buffer): void {
    if (this.#isStarted) this.#dtls.dataReceiver(bytes);
  }

  /** False if it was dropped: no such channel is open, the message is too large, or the peer reads too slowly. */
  send(label: string, payload: string | Buffer): boolean {
    const channel = this.#channels.get(label);
    if (channel === undefined || this.#queuedBytes + Buffer.byteLength(payload) > mostQueuedBytes)
      return false;
    try {
      channel.send(payload);
      return true;
    } catch {
      // werift refuses what is larger than the peer's max-message-size by throwing.
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channels.clear();
    if (this.#isStarted) await this.#sctp.stop();
  }

  get #queuedBytes(): number {
    let bytes = 0;
    for (const channel of this.#channels.values()) bytes += channel.bufferedAmount;
    return bytes;
  }

  #add(channel: RTCDataChannel): void {
    if (this.#channels.size >= mostChannels) return channel.close();
    const { label } = channel;
    this.#channels.set(label, channel);
    channel.onMessage.subscribe((payload) => this.#onMessage(label, payload));
    channel.stateChanged.subscribe((state) => {
      if (state === 'closed' && this.#channels.get(label) === channel) this.#channels.delete(label);
    });
  }
}
