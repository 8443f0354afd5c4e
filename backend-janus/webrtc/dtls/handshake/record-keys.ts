import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';

/** RFC 6347 section 4.1: type, version, epoch, sequence number, length. */
export const recordHeaderBytes = 13;

/** DTLS 1.2 (RFC 6347 section 4.1). */
export const dtls12 = 0xfefd;

/** The key block of an association, as werift cuts it. */
export interface WriteKeys {
  readonly clientWriteKey: Buffer;
  readonly serverWriteKey: Buffer;
  /** The four bytes of salt, and room for the rest. */
  readonly clientNonce: Buffer;
  readonly serverNonce: Buffer;
}

/** Makes the record keys of both sides from the master secret (RFC 5246 section 6.3). */
export type ExpandKeys = (
  masterSecret: Buffer,
  clientRandom: Buffer,
  serverRandom: Buffer,
  keyBytes: number,
  saltBytes: number,
  nonceBytes: number,
) => WriteKeys;

const algorithm = 'aes-128-gcm';
const keyBytes = 16;
const saltBytes = 4;
const nonceBytes = 12;
const explicitBytes = 8;
const tagBytes = 16;

/** Where the number of a record begins: its epoch, and its place in it. */
const numberAt = 3;

/** The one epoch after the handshake: there is no renegotiation. */
const protectedEpoch = 1;

/** What a handshake makes of its master secret. Takes the place of werift's cipher. */
export class RecordKeys {
  /** werift writes it to its log. */
  readonly summary = '';
  readonly #expand: ExpandKeys;
  #keys: WriteKeys | undefined;

  constructor(expand: ExpandKeys) {
    this.#expand = expand;
  }

  /** Called by werift once the secret is known. */
  init(masterSecret: Buffer, serverRandom: Buffer, clientRandom: Buffer): void {
    this.#keys = this.#expand(masterSecret, clientRandom, serverRandom, keyBytes, saltBytes, nonceBytes);
  }

  /** Throws before `init`. */
  protection(role: 'client' | 'server'): RecordProtection {
    if (this.#keys === undefined) throw new TypeError('the keys are not known yet');
    const { clientWriteKey, serverWriteKey, clientNonce, serverNonce } = this.#keys;
    const client = { key: createSecretKey(clientWriteKey), nonce: clientNonce };
    const server = { key: createSecretKey(serverWriteKey), nonce: serverNonce };
    return role === 'client' ? new RecordProtection(client, server) : new RecordProtection(server, client);
  }
}

interface Direction {
  readonly key: KeyObject;
  readonly nonce: Buffer;
}

/** Protection of records with AES-128-GCM (RFC 5288 section 3, RFC 6347 section 4.1.2). */
export class RecordProtection {
  readonly #outbound: Direction;
  readonly #inbound: Direction;
  readonly #additional = Buffer.alloc(recordHeaderBytes);

  constructor(outbound: Direction, inbound: Direction) {
    this.#outbound = outbound;
    this.#inbound = inbound;
  }

  /** A whole record; the caller gives each one another `number`, since it makes the nonce. */
  seal(type: number, number: number, content: Buffer): Buffer {
    const { key, nonce } = this.#outbound;
    const record = Buffer.allocUnsafe(recordHeaderBytes + explicitBytes + content.length + tagBytes);
    writeRecordHeader(record, type, protectedEpoch, number);
    record.copy(nonce, saltBytes, numberAt, numberAt + explicitBytes);
    record.copy(record, recordHeaderBytes, numberAt, numberAt + explicitBytes);
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(this.#additionalOf(record, content.length));
    cipher.update(content).copy(record, recordHeaderBytes + explicitBytes);
    cipher.final();
    cipher.getAuthTag().copy(record, record.length - tagBytes);
    return record;
  }

  /** What is in a record; undefined if it is forged, damaged or of another epoch. */
  open(record: Buffer): Buffer | undefined {
    const from = recordHeaderBytes + explicitBytes;
    const until = record.length - tagBytes;
    if (until < from || record.readUInt16BE(numberAt) !== protectedEpoch) return undefined;
    const { key, nonce } = this.#inbound;
    record.copy(nonce, saltBytes, recordHeaderBytes, from);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(this.#additionalOf(record, until - from));
    decipher.setAuthTag(record.subarray(until));
    const content = decipher.update(record.subarray(from, until));
    try {
      decipher.final();
      return content;
    } catch {
      // Whoever made it does not have the key: it is nobody's record.
      return undefined;
    }
  }

  #additionalOf(record: Buffer, contentBytes: number): Buffer {
    record.copy(this.#additional, 0, numberAt, numberAt + explicitBytes);
    record.copy(this.#additional, explicitBytes, 0, numberAt);
    this.#additional.writeUInt16BE(contentBytes, 11);
    return this.#additional;
  }
}

/** Writes the header of `record`, whose length is that of the whole record. */
export function writeRecordHeader(record: Buffer, type: number, epoch: number, number: number): void {
  record.writeUInt8(type, 0);
  record.writeUInt16BE(dtls12, 1);
  record.writeUInt16BE(epoch, numberAt);
  record.writeUIntBE(number, 5, 6);
  record.writeUInt16BE(record.length - recordHeaderBytes, 11);
}
