import { sign } from 'node:crypto';
import type { SrtpKeys, SrtpProfile } from '#janus/media';
import type { Certificate } from '../certificate.ts';
import { contentType, messageBytes, messageType, PeerRefused, type Said } from './message.ts';
import { RecordKeys, type RecordProtection } from './record-keys.ts';
import {
  weriftModules,
  type CipherContext,
  type DtlsContext,
  type FlightSocket,
  type SrtpContext,
  type WeriftModules,
} from './werift-modules.ts';

export type DtlsRole = 'client' | 'server';

/** What a whole handshake gave: how records are protected from now on, and keys for media. */
export interface Outcome {
  readonly protection: RecordProtection;
  readonly inbound: SrtpKeys;
  readonly outbound: SrtpKeys;
}

/** werift's numbers of the roles. */
const sessionTypes = { client: 1, server: 2 } as const;

/** ECDSA with SHA-256: what our certificate signs with (RFC 5246 section 7.4.1.4.1). */
const signatureHash = { hash: 4, signature: 3 } as const;

/** Master key and salt sizes in bytes, by the number of the profile (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
const profiles: ReadonlyMap<number, { readonly name: SrtpProfile; readonly saltBytes: number }> = new Map([
  [7, { name: 'AEAD_AES_128_GCM', saltBytes: 12 }],
  [1, { name: 'AES_CM_128_HMAC_SHA1_80', saltBytes: 14 }],
]);
const keyBytes = 16;

/** RFC 5246 section 7.1. */
const changeCipherSpec = Buffer.from([1]);

/** In the order we prefer. */
export const srtpProfiles = [7, 1] as const;

/** The flights make messages; they do not send them. */
const nowhere: FlightSocket = { send: () => Promise.resolve() };

/**
 * werift's contexts of one handshake, with the transcript kept by us: every message as it went over the wire, once.
 * What its flights make is collected to be sent by us.
 */
export class HandshakeContext {
  readonly werift: WeriftModules = weriftModules();
  readonly dtls: DtlsContext;
  readonly cipher: CipherContext;
  readonly srtp: SrtpContext;
  readonly udp = nowhere;
  readonly #role: DtlsRole;
  #messages: Buffer[] = [];
  #said: Said[] = [];

  constructor(role: DtlsRole, certificate: Certificate) {
    const { DtlsContext, CipherContext, SrtpContext } = this.werift;
    this.#role = role;
    const options = {
      transport: { ...carrier },
      srtpProfiles: [...srtpProfiles],
      extendedMasterSecret: true,
    };
    this.dtls = new DtlsContext(options, sessionTypes[role]);
    this.cipher = new CipherContext(sessionTypes[role]);
    this.srtp = new SrtpContext();
    this.#keepTranscript();
    this.#signWith(certificate);
  }

  /** All messages so far, without HelloVerifyRequest and what led to it. */
  get transcript(): Buffer {
    if (this.#messages.length > 1) this.#messages = [Buffer.concat(this.#messages)];
    return this.#messages[0] ?? Buffer.alloc(0);
  }

  /** Adds what the peer said. */
  hear(bytes: Buffer): void {
    this.#messages.push(bytes);
  }

  /** Begins the transcript anew. */
  forget(): void {
    this.#messages = [];
  }

  /** What the flights have said since the last call. */
  takeSaid(): Said[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  /** Says that what follows is protected, and what proves that all was heard as it was said. */
  sayFinished(): void {
    this.#said.push({
      contentType: contentType.changeCipherSpec,
      content: changeCipherSpec,
      isProtected: false,
    });
    const verifyData = this.cipher.verifyData(this.transcript);
    const bytes = messageBytes(messageType.finished, this.dtls.sequenceNumber, verifyData);
    this.dtls.sequenceNumber += 1;
    this.#messages.push(bytes);
    this.#said.push({ contentType: contentType.handshake, content: bytes, isProtected: true });
  }

  /** RFC 7627 section 5: without it the keys would not be bound to this handshake. Throws PeerRefused. */
  requireExtensions(): void {
    if (!this.dtls.remoteExtendedMasterSecret)
      throw new PeerRefused('handshakeFailure', 'the peer has no extended master secret');
    if (this.srtp.srtpProfile === undefined)
      throw new PeerRefused('handshakeFailure', 'no SRTP profile in common');
  }

  /** Client's, then server's, as they went over the wire. */
  get randoms(): Buffer[] {
    const local = this.cipher.localRandom.serialize();
    const remote = this.cipher.remoteRandom.serialize();
    return this.#role === 'client' ? [local, remote] : [remote, local];
  }

  /** Known once the keys are agreed on; throws before. */
  get protection(): RecordProtection {
    const keys: unknown = this.cipher.cipher;
    if (!(keys instanceof RecordKeys)) throw new TypeError('the keys are not known yet');
    return keys.protection(this.#role);
  }

  /** RFC 5764 section 4.2: client key, server key, client salt, server salt. */
  srtpKeys(): { readonly inbound: SrtpKeys; readonly outbound: SrtpKeys } {
    const profile = profiles.get(this.srtp.srtpProfile ?? 0);
    if (profile === undefined) throw new PeerRefused('handshakeFailure', 'no SRTP profile in common');
    const { name, saltBytes } = profile;
    const material = this.#export('EXTRACTOR-dtls_srtp', 2 * (keyBytes + saltBytes));
    const keys = (index: number): SrtpKeys => ({
      profile: name,
      masterKey: material.subarray(index * keyBytes, (index + 1) * keyBytes),
      masterSalt: material.subarray(2 * keyBytes + index * saltBytes, 2 * keyBytes + (index + 1) * saltBytes),
    });
    const client = keys(0);
    const server = keys(1);
    return this.#role === 'server'
      ? { inbound: client, outbound: server }
      : { inbound: server, outbound: client };
  }

  #export(label: string, length: number): Buffer {
    const { masterSecret, localRandom, remoteRandom } = this.cipher;
    const isClient = this.#role === 'client';
    const randoms = [localRandom.serialize(), remoteRandom.serialize()] as const;
    return this.werift.exportKeyingMaterial(label, length, masterSecret, ...randoms, isClient);
  }

  /** werift's own cache knows one message of each type, whatever its number. */
  #keepTranscript(): void {
    const buffer: DtlsContext['bufferHandshakeCache'] = (messages, isLocal) => {
      if (isLocal) for (const message of messages) this.#say(message);
    };
    Object.assign(this.dtls, { bufferHandshakeCache: buffer });
    const whole = { serialize: (): Buffer => this.transcript };
    Object.defineProperty(this.dtls, 'sortedHandshakeCache', { value: [whole] });
  }

  #say(message: {
    readonly msg_type: number;
    readonly message_seq: number;
    readonly fragment: Buffer;
  }): void {
    const bytes = messageBytes(message.msg_type, message.message_seq, message.fragment);
    this.#messages.push(bytes);
    this.#said.push({ contentType: contentType.handshake, content: bytes, isProtected: false });
  }

  /** The key of a certificate is parsed when it is made, not for each signature. */
  #signWith({ der, key }: Certificate): void {
    const signed = (data: Buffer, hash: string): Buffer => sign(hash, data, key);
    Object.assign(this.cipher, {
      localCert: der,
      signatureHashAlgorithm: signatureHash,
      localPrivateKey: { sign: signed },
      signatureData: signed,
    });
  }
}

const carrier: DtlsContext['options']['transport'] = {
  type: 'udp',
  address: { address: '0.0.0.0', family: 'IPv4', port: 0 },
  closed: false,
  onData: () => undefined,
  send: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
