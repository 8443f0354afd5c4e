import { createHash, timingSafeEqual } from 'node:crypto';
import { DtlsClient, DtlsServer, type DtlsSocket } from 'werift';
import type { SrtpKeys, SrtpProfile } from '#janus/media';
import type { Certificate } from './certificate.ts';
import { RecordFilter, type RecordVerdict } from './record-filter.ts';

/** A certificate's fingerprint as the SDP names it (RFC 8122 section 5). */
export interface Fingerprint {
  /** `sha-256` or a longer one. */
  readonly algorithm: string;
  /** Hexadecimal bytes with colons. */
  readonly value: string;
}

/** What one DTLS association is told when it is made. */
export interface DtlsOptions {
  /** Ours: the server has `a=setup:passive`. */
  readonly role: 'client' | 'server';
  readonly certificate: Certificate;
  /** Of the peer; one of them must fit its certificate. */
  readonly fingerprints: readonly Fingerprint[];
}

/** What a DTLS association tells its owner. */
export type DtlsEvent =
  /** The handshake is done and the peer is who the SDP names. Told once. */
  | { readonly type: 'connected'; readonly inbound: SrtpKeys; readonly outbound: SrtpKeys }
  | { readonly type: 'data'; readonly bytes: Buffer }
  /** The peer said goodbye, under protection. The last event. */
  | { readonly type: 'closed' }
  /** The handshake cannot succeed. The last event. */
  | { readonly type: 'failed'; readonly cause: unknown };

/** Master key and salt sizes in bytes, by werift's number of the profile (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
const profiles: ReadonlyMap<number, { readonly name: SrtpProfile; readonly saltBytes: number }> = new Map([
  [7, { name: 'AEAD_AES_128_GCM', saltBytes: 12 }],
  [1, { name: 'AES_CM_128_HMAC_SHA1_80', saltBytes: 14 }],
]);
const keyBytes = 16;

const recordHeaderBytes = 13;
const alertType = 21;
const handshakeType = 22;
const finishedType = 20;
const dtls12 = 0xfefd;
const closeNotify = Buffer.from([1, 0]);

/**
 * Above the number of any record of a handshake. werift numbers its Finished on from the records in clear and begins
 * the protected ones after it at 1 again, so that a later one would repeat the number, and with it the nonce.
 */
const firstProtectedRecord = 1000;

/** Higher than any flight of werift's handshakes: its retransmissions then stop at their next turn. */
const noMoreFlights = 100;

type WeriftOptions = ConstructorParameters<typeof DtlsServer>[0];
type WeriftTransport = WeriftOptions['transport'];

type State = 'new' | 'handshake' | 'connected' | 'ended';

/**
 * One DTLS 1.2 association over werift's handshake (RFC 6347, RFC 5764), with our record filter in front of it and
 * alerts taken out of its hands, since it believes those in clear.
 *
 * Limit: werift does not check CertificateVerify, Finished and the key exchange signature.
 */
export class DtlsTransport implements Disposable {
  readonly #options: DtlsOptions;
  readonly #send: (datagram: Buffer) => void;
  readonly #onEvent: (event: DtlsEvent) => void;
  readonly #filter: RecordFilter;
  readonly #socket: DtlsSocket;
  #state: State = 'new';
  #hand: (record: Buffer) => void = () => undefined;
  /** Records dropped so far, by the reason of the filter. */
  readonly dropped: Record<Exclude<RecordVerdict, 'pass' | 'alert'>, number> = {
    malformed: 0,
    unexpected: 0,
    too_many: 0,
  };

  /** `send` takes datagrams that nobody changes later; no event comes before `start`. */
  constructor(options: DtlsOptions, send: (datagram: Buffer) => void, onEvent: (event: DtlsEvent) => void) {
    this.#options = options;
    this.#send = send;
    this.#onEvent = onEvent;
    this.#filter = new RecordFilter(options.role);
    this.#socket = this.#makeSocket();
    this.#socket.onConnect.subscribe(() => this.#connect());
    this.#socket.onData.subscribe((bytes) => {
      if (this.#state === 'connected') this.#onEvent({ type: 'data', bytes });
    });
    this.#socket.onError.subscribe((cause: unknown) => this.#fail(cause));
  }

  /** Begins the handshake: a client speaks first, a server listens from now on. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'handshake';
    if (this.#socket instanceof DtlsClient)
      this.#socket.connect().catch((cause: unknown) => this.#fail(cause));
  }

  /** Takes one datagram from the peer's proven address. Copies what it keeps. */
  receive(datagram: Buffer, now: number): void {
    for (let at = 0; at < datagram.length && this.#isOpen;) {
      const bytes = RecordFilter.recordBytes(datagram, at);
      if (bytes === undefined) return void (this.dropped.malformed += 1);
      this.#receiveRecord(datagram.subarray(at, at + bytes), now);
      at += bytes;
    }
  }

  /** Sends application data; dropped unless connected. */
  sendData(bytes: Buffer): void {
    if (this.#state !== 'connected') return;
    this.#socket.send(bytes).catch((cause: unknown) => this.#fail(cause));
  }

  /** Says goodbye if there is somebody to say it to (RFC 5246 section 7.2.1), and ends. No event follows. */
  [Symbol.dispose](): void {
    if (this.#state === 'connected') this.#sendCloseNotify();
    this.#end();
  }

  get #isOpen(): boolean {
    return this.#state === 'handshake' || this.#state === 'connected';
  }

  #makeSocket(): DtlsSocket {
    const { werift } = this.#options.certificate;
    const options: WeriftOptions = {
      cert: werift.certPem,
      key: werift.privateKey,
      signatureHash: werift.signatureHash,
      transport: this.#transport(),
      // In the order we prefer.
      srtpProfiles: [7, 1],
      extendedMasterSecret: true,
    };
    return this.#options.role === 'server'
      ? new DtlsServer({ ...options, certificateRequest: true })
      : new DtlsClient(options);
  }

  /** What werift takes for its socket; it writes `onData`, which we call with each record that may pass. */
  #transport(): WeriftTransport {
    const transport: WeriftTransport = {
      type: 'udp',
      address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
      closed: false,
      onData: () => undefined,
      send: (datagram) => {
        if (this.#state !== 'ended') this.#send(datagram);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    this.#hand = (record) => transport.onData(record, ['0.0.0.0', 0]);
    return transport;
  }

  #receiveRecord(record: Buffer, now: number): void {
    const isConnected = this.#state === 'connected';
    const verdict = this.#filter.judge(record, isConnected, now);
    if (verdict === 'alert') return this.#takeAlert(record);
    if (verdict !== 'pass') return void (this.dropped[verdict] += 1);
    const isHandshake = record.readUInt8(0) === handshakeType;
    if (isConnected && isHandshake && !this.#repeatsFinished(record)) this.dropped.unexpected += 1;
    // werift may keep what it is given, and the datagram's memory is used again.
    else this.#hand(Buffer.from(record));
  }

  /** An alert counts only if it was protected with the keys of this association. */
  #takeAlert(record: Buffer): void {
    if (this.#state === 'connected' && this.#decrypted(record) !== undefined)
      this.#finish({ type: 'closed' });
    else this.dropped.unexpected += 1;
  }

  /** A peer repeats its Finished if ours was lost; to anything else werift would begin a new handshake. */
  #repeatsFinished(record: Buffer): boolean {
    return this.#decrypted(record)?.[0] === finishedType;
  }

  /** What is in a protected record; undefined if it is forged or damaged. */
  #decrypted(record: Buffer): Buffer | undefined {
    const header = {
      type: record.readUInt8(0),
      version: record.readUInt16BE(1),
      epoch: record.readUInt16BE(3),
      sequenceNumber: record.readUIntBE(5, 6),
    };
    try {
      const { cipher, sessionType } = this.#socket;
      return cipher.cipher.decrypt(sessionType, record.subarray(recordHeaderBytes), header);
    } catch {
      // It changes nothing but the count of whoever asked.
      return undefined;
    }
  }

  #sendCloseNotify(): void {
    const { cipher, dtls, sessionType } = this.#socket;
    dtls.recordSequenceNumber += 1;
    const header = {
      type: alertType,
      version: dtls12,
      epoch: dtls.epoch,
      sequenceNumber: dtls.recordSequenceNumber,
    };
    const fragment = cipher.cipher.encrypt(sessionType, closeNotify, header);
    const record = Buffer.alloc(recordHeaderBytes + fragment.length);
    record.writeUInt8(alertType, 0);
    record.writeUInt16BE(dtls12, 1);
    record.writeUInt16BE(header.epoch, 3);
    record.writeUIntBE(header.sequenceNumber, 5, 6);
    record.writeUInt16BE(fragment.length, 11);
    fragment.copy(record, recordHeaderBytes);
    this.#send(record);
  }

  #connect(): void {
    if (this.#state !== 'handshake') return;
    const { remoteCertificate, srtp } = this.#socket;
    if (remoteCertificate === undefined || !isOneOf(this.#options.fingerprints, remoteCertificate))
      return this.#fail(new Error("the peer's certificate is not the one that its SDP names"));
    const profile = profiles.get(srtp.srtpProfile ?? 0);
    if (profile === undefined) return this.#fail(new Error('no SRTP profile in common'));
    this.#state = 'connected';
    this.#socket.dtls.recordSequenceNumber = firstProtectedRecord;
    this.#onEvent({ type: 'connected', ...this.#srtpKeys(profile.name, profile.saltBytes) });
  }

  /** RFC 5764 section 4.2: client key, server key, client salt, server salt. */
  #srtpKeys(profile: SrtpProfile, saltBytes: number): { inbound: SrtpKeys; outbound: SrtpKeys } {
    const material = this.#socket.exportKeyingMaterial('EXTRACTOR-dtls_srtp', 2 * (keyBytes + saltBytes));
    const salts = 2 * keyBytes;
    const client = {
      profile,
      masterKey: material.subarray(0, keyBytes),
      masterSalt: material.subarray(salts, salts + saltBytes),
    };
    const server = {
      profile,
      masterKey: material.subarray(keyBytes, salts),
      masterSalt: material.subarray(salts + saltBytes),
    };
    return this.#options.role === 'server'
      ? { inbound: client, outbound: server }
      : { inbound: server, outbound: client };
  }

  #fail(cause: unknown): void {
    // After the handshake a record that werift cannot use is the peer's loss alone.
    if (this.#state === 'handshake') this.#finish({ type: 'failed', cause });
  }

  #finish(event: DtlsEvent): void {
    this.#end();
    this.#onEvent(event);
  }

  #end(): void {
    this.#state = 'ended';
    this.#socket.dtls.flight = noMoreFlights;
    this.#socket.close();
  }
}

function isOneOf(fingerprints: readonly Fingerprint[], certificate: Buffer): boolean {
  return fingerprints.some(({ algorithm, value }) => {
    const actual = createHash(algorithm.replace('-', '')).update(certificate).digest();
    const expected = Buffer.from(value.replaceAll(':', ''), 'hex');
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}
