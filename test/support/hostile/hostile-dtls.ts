import { DtlsClient, DtlsServer, RTCDtlsTransport, type DtlsSocket } from 'werift';
import type { SrtpKeys, SrtpProfile } from '#janus/media';

type WeriftOptions = ConstructorParameters<typeof DtlsClient>[0];

/** Record types (RFC 5246 section 6.2.1). */
export const recordType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

const dtls12 = 0xfefd;
const keyBytes = 16;

/** By name: werift's number of the profile, and the size of its salt. */
const profiles = {
  AEAD_AES_128_GCM: { number: 7, saltBytes: 12 },
  AES_CM_128_HMAC_SHA1_80: { number: 1, saltBytes: 14 },
} as const;

/** Higher than any flight: werift then repeats none. */
const noMoreFlights = 100;

/** Above the numbers that the handshake uses. */
const firstRecord = 1_000_000;

/** The certificate of this far end, and what its SDP says of it. */
export const certificate = await RTCDtlsTransport.SetupCertificate();

/** SHA-256, as in `a=fingerprint`. */
export const fingerprint =
  certificate.getFingerprints().find(({ algorithm }) => algorithm === 'sha-256')?.value ?? '';

/** How the far end does DTLS. */
export interface HostileDtlsOptions {
  readonly role: 'client' | 'server';
  readonly profile: SrtpProfile;
}

/** One record as it goes over the wire. */
export function printRecord(type: number, epoch: number, number: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(dtls12, 1);
  head.writeUInt16BE(epoch, 3);
  head.writeUIntBE(number, 5, 6);
  head.writeUInt16BE(content.length, 11);
  return Buffer.concat([head, content]);
}

/** A DTLS association that is honest until it is up, and then says whatever it is told to. */
export class HostileDtls implements Disposable {
  isConnected = false;
  /** Application data that came, in order. */
  readonly data: Buffer[] = [];
  readonly #options: HostileDtlsOptions;
  readonly #socket: DtlsSocket;
  #hand: (datagram: Buffer) => void = () => undefined;
  #number = firstRecord;
  #isClosed = false;

  constructor(options: HostileDtlsOptions, send: (datagram: Buffer) => void, onConnected: () => void) {
    this.#options = options;
    this.#socket = this.#makeSocket((datagram) => {
      if (!this.#isClosed) send(Buffer.from(datagram));
    });
    this.#socket.onConnect.subscribe(() => {
      this.isConnected = true;
      this.#socket.dtls.flight = noMoreFlights;
      onConnected();
    });
    this.#socket.onData.subscribe((bytes) => {
      this.data.push(Buffer.from(bytes));
    });
    this.#socket.onError.subscribe(() => undefined);
  }

  /** A client says hello; a server waits for one. */
  start(): void {
    if (this.#socket instanceof DtlsClient) this.#socket.connect().catch(() => undefined);
  }

  receive(datagram: Buffer): void {
    if (!this.#isClosed) this.#hand(Buffer.from(datagram));
  }

  /** Any content in a record of any type, under the protection of this association. */
  protect(type: number, content: Buffer): Buffer {
    this.#number += 1;
    const header = { type, version: dtls12, epoch: 1, sequenceNumber: this.#number };
    const { cipher, sessionType } = this.#socket;
    return printRecord(type, 1, this.#number, cipher.cipher.encrypt(sessionType, content, header));
  }

  /** RFC 5764 section 4.2: client key, server key, client salt, server salt. */
  srtpKeys(): { readonly inbound: SrtpKeys; readonly outbound: SrtpKeys } {
    const { profile, role } = this.#options;
    const { saltBytes } = profiles[profile];
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
    return role === 'client' ? { inbound: server, outbound: client } : { inbound: client, outbound: server };
  }

  /** Falls silent; whoever wants a goodbye sends it before. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#socket.dtls.flight = noMoreFlights;
  }

  #makeSocket(send: (datagram: Buffer) => void): DtlsSocket {
    const transport: WeriftOptions['transport'] = {
      type: 'udp',
      address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
      closed: false,
      onData: () => undefined,
      send: (datagram) => {
        send(datagram);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    this.#hand = (datagram) => transport.onData(datagram, ['0.0.0.0', 0]);
    const options: WeriftOptions = {
      cert: certificate.certPem,
      key: certificate.privateKey,
      signatureHash: certificate.signatureHash,
      transport,
      srtpProfiles: [profiles[this.#options.profile].number],
      extendedMasterSecret: true,
    };
    return this.#options.role === 'server'
      ? new DtlsServer({ ...options, certificateRequest: true })
      : new DtlsClient(options);
  }
}
