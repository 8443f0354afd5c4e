import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../certificate.ts';
import { HandshakeContext, srtpProfiles, type Outcome } from './handshake-context.ts';
import { leanServerHello } from './lean-hello.ts';
import { messageType, PeerRefused, type HandshakeMessage, type Said } from './message.ts';
import { certifiedKey, checkFinished, checkServerKeyExchange, type Fingerprint } from './peer-proof.ts';
import type { RecordProtection } from './record-keys.ts';
import { cipherSuites, type ClientHello, type Flight5 } from './werift-modules.ts';

/** What may follow each message; a server need not ask for a cookie, nor for our certificate. */
const followers: ReadonlyMap<number, readonly number[]> = new Map([
  [messageType.clientHello, [messageType.helloVerifyRequest, messageType.serverHello]],
  [messageType.helloVerifyRequest, [messageType.serverHello]],
  [messageType.serverHello, [messageType.certificate]],
  [messageType.certificate, [messageType.serverKeyExchange]],
  [messageType.serverKeyExchange, [messageType.certificateRequest, messageType.serverHelloDone]],
  [messageType.certificateRequest, [messageType.serverHelloDone]],
  [messageType.serverHelloDone, [messageType.finished]],
]);

/** Version, and the length of the cookie (RFC 6347 section 4.2.1). */
const cookieAt = 3;

/** What our hello asks for, as numbers of the IANA registry and the bytes of each extension. */
const extensions = [
  // use_srtp (RFC 5764 section 4.1.1): profiles, and no MKI.
  { type: 14, data: Buffer.from([0, 2 * srtpProfiles.length, ...srtpProfiles.flatMap((id) => [0, id]), 0]) },
  // supported_groups (RFC 8422 section 5.1.1): X25519, P-256.
  { type: 10, data: Buffer.from([0, 4, 0, 29, 0, 23]) },
  // ec_point_formats (RFC 8422 section 5.1.2): uncompressed.
  { type: 11, data: Buffer.from([1, 0]) },
  // signature_algorithms (RFC 5246 section 7.4.1.4.1): SHA-256 with ECDSA, with RSA.
  { type: 13, data: Buffer.from([0, 4, 4, 3, 4, 1]) },
  // extended_master_secret (RFC 7627 section 5.1).
  { type: 23, data: Buffer.alloc(0) },
  // renegotiation_info (RFC 5746 section 3.2): there was none.
  { type: 65_281, data: Buffer.from([0]) },
];

/**
 * The client's side of a handshake (RFC 6347, RFC 5764). Keys are agreed on with a server only after its certificate
 * and its signature were proven.
 */
export class ClientHandshake {
  readonly context: HandshakeContext;
  readonly #fingerprints: readonly Fingerprint[];
  readonly #flight: Flight5;
  readonly #hello: ClientHello;
  /** The last message. */
  #last: number = messageType.clientHello;
  #isAsked = false;
  #peerKey: KeyObject | undefined;
  #protection: RecordProtection | undefined;

  constructor(certificate: Certificate, fingerprints: readonly Fingerprint[]) {
    this.context = new HandshakeContext('client', certificate);
    this.#fingerprints = fingerprints;
    const { werift, udp, dtls, cipher, srtp } = this.context;
    const none = Buffer.alloc(0);
    cipher.localRandom = new werift.DtlsRandom();
    this.#hello = new werift.ClientHello(
      dtls.version,
      cipher.localRandom,
      none,
      none,
      cipherSuites,
      [0],
      extensions,
    );
    this.#flight = new werift.Flight5(udp, dtls, cipher, srtp);
  }

  /** A client speaks first. */
  begin(): readonly Said[] {
    this.#flight.createPacket([this.#hello]);
    return this.context.takeSaid();
  }

  /** What the peer's Finished is protected with; undefined until the keys are agreed on. */
  get protection(): RecordProtection | undefined {
    return this.#protection;
  }

  /** What both sides have proven; undefined until then. */
  get outcome(): Outcome | undefined {
    if (this.#last !== messageType.finished || this.#protection === undefined) return undefined;
    return { protection: this.#protection, ...this.context.srtpKeys() };
  }

  /** Takes the next message, and returns what there is to say to it. Throws PeerRefused, or what a parser throws. */
  take(message: HandshakeMessage): readonly Said[] {
    const { type, isProtected } = message;
    const isInTurn = followers.get(this.#last)?.includes(type) ?? false;
    if (!isInTurn || isProtected !== (type === messageType.finished))
      throw new PeerRefused('unexpectedMessage', 'a handshake message is out of turn');
    this.#last = type;
    this.#handle(message);
    return this.context.takeSaid();
  }

  #handle({ type, bytes, body }: HandshakeMessage): void {
    const { context } = this;
    if (type === messageType.helloVerifyRequest) return this.#sayAgain(body);
    if (type === messageType.finished) checkFinished(body, this.#expectedFinished());
    context.hear(bytes);
    if (type === messageType.serverHello) this.#takeHello(body);
    if (type === messageType.certificate) this.#peerKey = certifiedKey(body, this.#fingerprints);
    if (type === messageType.serverKeyExchange) this.#takeKey(body);
    if (type === messageType.certificateRequest) this.#isAsked = true;
    if (type === messageType.serverHelloDone) this.#answer();
  }

  #takeHello(body: Buffer): void {
    this.#flight.handleHandshake({ msg_type: messageType.serverHello, fragment: leanServerHello(body) });
    this.context.requireExtensions();
  }

  #takeKey(fragment: Buffer): void {
    checkServerKeyExchange(fragment, this.#key, this.context.randoms);
    this.#flight.handleHandshake({ msg_type: messageType.serverKeyExchange, fragment });
  }

  get #key(): KeyObject {
    if (this.#peerKey === undefined) throw new PeerRefused('badCertificate', 'the peer has no certificate');
    return this.#peerKey;
  }

  #sayAgain(body: Buffer): void {
    const end = cookieAt + (body[cookieAt - 1] ?? 0);
    if (body.length !== end) throw new PeerRefused('decodeError', 'a malformed cookie');
    this.context.forget();
    this.#hello.cookie = body.subarray(cookieAt, end);
    this.#flight.createPacket([this.#hello]);
  }

  #answer(): void {
    if (this.#isAsked) this.#flight.sendCertificate();
    this.#flight.sendClientKeyExchange();
    if (this.#isAsked) this.#flight.sendCertificateVerify();
    this.#protection = this.context.protection;
    this.context.sayFinished();
  }

  #expectedFinished(): Buffer {
    const { werift, cipher, transcript } = this.context;
    return werift.prfVerifyDataServer(cipher.masterSecret, transcript);
  }
}
