import type {
  ChannelReliability,
  CloseOptions,
  DtlsRole,
  NegotiatedSession,
  RemoteTransport,
} from '#janus/media';
import type { Clock, Random } from '#services/kernel';
import type { Certificate } from '../dtls/certificate.ts';
import { DtlsTransport, type DtlsEvent } from '../dtls/dtls-transport.ts';
import { DataChannels } from '../sctp/data-channels.ts';
import type { Ledger } from './ledger.ts';

/** What comes of a handshake that succeeded. */
export type MediaKeys = Omit<Extract<DtlsEvent, { readonly type: 'connected' }>, 'type'>;

/** What an association tells, and the way out it has. Nothing is told once its DTLS was released. */
export interface AssociationOwner {
  /** Ours. */
  readonly certificate: Certificate;
  readonly clock: Clock;
  readonly random: Random;
  /** Owns what the association opens: `dtls` and `channels`. */
  readonly ledger: Ledger;
  send(datagram: Buffer): void;
  connected(keys: MediaKeys): void;
  /** The peer opened a data channel. */
  opened(label: string, reliability: ChannelReliability): void;
  /** The peer closed a channel that it had opened, or the only one of that label. */
  shut(label: string): void;
  message(label: string, payload: string | Buffer): void;
  /** Of the peer: application data that was protected came just now. */
  heard(): void;
  /** The last call. */
  ended(reason: 'dtls_alert' | 'dtls_failed'): void;
}

/**
 * What DTLS makes with one end of a peer: keys for SRTP, and the way that data channels take. A peer whose certificate
 * is another one was made anew, and needs an association of its own (RFC 8842 section 4).
 */
export class Association {
  readonly role: DtlsRole;
  readonly #owner: AssociationOwner;
  readonly #dtls: DtlsTransport;
  #remote: RemoteTransport;
  #channels: DataChannels | undefined;
  #isConnected = false;

  constructor({ transport, dtlsRole }: NegotiatedSession, owner: AssociationOwner) {
    this.role = dtlsRole;
    this.#owner = owner;
    this.#remote = transport;
    const role = dtlsRole === 'passive' ? 'server' : 'client';
    const { certificate, clock, ledger } = owner;
    const dtls = new DtlsTransport(
      { role, certificate, clock, fingerprints: transport.fingerprints },
      (datagram) => owner.send(datagram),
      (event) => this.#onDtls(event),
    );
    this.#dtls = ledger.hold('dtls', dtls);
  }

  get remote(): RemoteTransport {
    return this.#remote;
  }

  /** True if that description is of the end that this association was made with. */
  isWith({ fingerprints }: Pick<RemoteTransport, 'fingerprints'>): boolean {
    const known = new Set(this.#remote.fingerprints.map(nameOf));
    return fingerprints.some((fingerprint) => known.has(nameOf(fingerprint)));
  }

  /** Begins the handshake; a client speaks, so there should be an address to speak to. */
  start(): void {
    this.#dtls.start();
  }

  receive(datagram: Buffer, now: number): void {
    this.#dtls.receive(datagram, now);
  }

  /** Takes what a later offer and its answer agreed on: data channels come and go with their m-line. */
  negotiated({ transport, media }: NegotiatedSession): void {
    this.#remote = transport;
    const sctp = media.find((section) => section.sctp !== undefined)?.sctp;
    if (sctp === undefined) return this.#closeChannels();
    if (this.#channels !== undefined) return;
    const channels = new DataChannels(
      { clock: this.#owner.clock, random: this.#owner.random, isDtlsClient: this.role === 'active' },
      { port: sctp.port, maxMessageBytes: sctp.maxMessageSize },
      (bytes) => this.#dtls.sendData(bytes),
      this.#owner,
    );
    this.#channels = this.#owner.ledger.hold('channels', channels);
    if (this.#isConnected) channels.start();
  }

  /** False if it was dropped, as `PeerConnection.sendData` says. */
  sendMessage(label: string, payload: string | Buffer): boolean {
    return this.#channels?.send(label, payload) ?? false;
  }

  /** False if it cannot be, as `PeerConnection.openChannel` says. */
  openChannel(label: string, reliability: ChannelReliability): boolean {
    return this.#channels?.open(label, reliability) ?? false;
  }

  closeChannel(label: string, options: CloseOptions): void {
    this.#channels?.close(label, options);
  }

  /** Says goodbye and lets everything go. Nothing is told after this. */
  release(): void {
    this.#closeChannels();
    this.#owner.ledger.drop('dtls');
  }

  #closeChannels(): void {
    this.#channels = undefined;
    this.#owner.ledger.drop('channels');
  }

  #onDtls(event: DtlsEvent): void {
    switch (event.type) {
      case 'connected':
        this.#isConnected = true;
        this.#channels?.start();
        return this.#owner.connected(event);
      case 'data':
        this.#owner.heard();
        return this.#channels?.receive(event.bytes);
      case 'closed':
        return this.#owner.ended('dtls_alert');
      case 'failed':
        return this.#owner.ended('dtls_failed');
    }
  }
}

function nameOf({ algorithm, value }: RemoteTransport['fingerprints'][number]): string {
  return `${algorithm.toLowerCase()} ${value.toUpperCase()}`;
}
