import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificate.ts';
import { HandshakeContext, type Outcome } from './handshake-context.ts';
import { leanClientHello } from './lean-hello.ts';
import { messageType, PeerRefused, type HandshakeMessage, type Said } from './message.ts';
import { certifiedKey, checkCertificateVerify, checkFinished, type Fingerprint } from './peer-proof.ts';
import type { RecordProtection } from './record-keys.ts';

/** A client says these and nothing else, in this order. */
const order: readonly number[] = [
  messageType.clientHello,
  messageType.certificate,
  messageType.clientKeyExchange,
  messageType.certificateVerify,
  messageType.finished,
];

/**
 * The server's side of a handshake (RFC 6347, RFC 5764). It asks for the client's certificate, and takes no step
 * before the last one was proven.
 *
 * No cookie is asked for: datagrams come only from an address that ICE has proven, which is what a cookie would do.
 */
export class ServerHandshake {
  readonly context: HandshakeContext;
  readonly #fingerprints: readonly Fingerprint[];
  #step = 0;
  #peerKey: KeyObject | undefined;
  #protection: RecordProtection | undefined;

  constructor(certificate: Certificate, fingerprints: readonly Fingerprint[]) {
    this.context = new HandshakeContext('server', certificate);
    this.#fingerprints = fingerprints;
  }

  /** A server listens first. */
  begin(): readonly Said[] {
    return [];
  }

  /** What the peer's Finished is protected with; undefined until the keys are agreed on. */
  get protection(): RecordProtection | undefined {
    return this.#protection;
  }

  /** What both sides have proven; undefined until then. */
  get outcome(): Outcome | undefined {
    if (this.#step < order.length || this.#protection === undefined) return undefined;
    return { protection: this.#protection, ...this.context.srtpKeys() };
  }

  /** Takes the next message, and returns what there is to say to it. Throws PeerRefused, or what a parser throws. */
  take(message: HandshakeMessage): readonly Said[] {
    const isFinished = message.type === messageType.finished;
    if (message.type !== order[this.#step] || message.isProtected !== isFinished)
      throw new PeerRefused('unexpectedMessage', 'a handshake message is out of turn');
    this.#step += 1;
    this.#handle(message);
    return this.context.takeSaid();
  }

  #handle({ type, bytes, body }: HandshakeMessage): void {
    const { context } = this;
    // A signature, as a Finished, is over the messages before it.
    if (type === messageType.certificateVerify) checkCertificateVerify(body, this.#key, context.transcript);
    if (type === messageType.finished) checkFinished(body, this.#expectedFinished());
    context.hear(bytes);
    if (type === messageType.clientHello) this.#answer(body);
    if (type === messageType.certificate) this.#peerKey = certifiedKey(body, this.#fingerprints);
    if (type === messageType.clientKeyExchange) this.#agree(body);
    if (type === messageType.finished) context.sayFinished();
  }

  get #key(): KeyObject {
    if (this.#peerKey === undefined) throw new PeerRefused('badCertificate', 'the peer has no certificate');
    return this.#peerKey;
  }

  #answer(body: Buffer): void {
    const { werift, udp, dtls, cipher, srtp } = this.context;
    werift.flight2(udp, dtls, cipher, srtp)(werift.ClientHello.deSerialize(leanClientHello(body)));
    this.context.requireExtensions();
    // The second flight would ask for a cookie; we begin with the fourth.
    dtls.sequenceNumber = 0;
    const flight = new werift.Flight4(udp, dtls, cipher, srtp);
    flight.sendServerHello();
    flight.sendCertificate();
    flight.sendServerKeyExchange();
    flight.sendCertificateRequest();
    flight.sendServerHelloDone();
  }

  #agree(fragment: Buffer): void {
    const { werift, udp, dtls, cipher, srtp } = this.context;
    const flight = new werift.Flight6(udp, dtls, cipher, srtp);
    flight.handleHandshake({ msg_type: messageType.clientKeyExchange, fragment });
    this.#protection = this.context.protection;
  }

  #expectedFinished(): Buffer {
    const { werift, cipher, transcript } = this.context;
    return werift.prfVerifyDataClient(cipher.masterSecret, transcript);
  }
}
