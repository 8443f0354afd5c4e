/** What to do with one DTLS record. Everything but `pass` and `alert` is a reason to drop it. */
export type RecordVerdict = 'pass' | 'alert' | 'malformed' | 'unexpected' | 'too_many';

/** RFC 6347 section 4.1: type, version, epoch, sequence number, length. */
const recordHeaderBytes = 13;

/** RFC 6347 section 4.2.2: type, length, message_seq, fragment_offset, fragment_length. */
const handshakeHeaderBytes = 12;

const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

const clientHello = 1;

/** What a client sends: ClientHello, Certificate, ClientKeyExchange, CertificateVerify, Finished. */
const fromClient: ReadonlySet<number> = new Set([clientHello, 11, 16, 15, 20]);

/** What a server sends: ServerHello, HelloVerifyRequest, Certificate to ServerHelloDone, Finished. */
const fromServer: ReadonlySet<number> = new Set([2, 3, 11, 12, 13, 14, 20]);

/** A certificate chain is the largest handshake message; ours and those of browsers are below 2 KiB. */
const mostMessageBytes = 16 * 1024;

/** Fragments of one handshake message, retransmissions included. */
const mostFragments = 64;

/** Handshake messages of one association; a full handshake has about ten. */
const mostMessages = 64;

/** ClientHellos in any one second; a browser repeats its own after 50 ms at the earliest. */
const mostHellosPerSecond = 5;

/**
 * Decides which DTLS records of an authenticated address reach the handshake (RFC 6347), before anything parses
 * or keeps them. Once the association is up, records in clear are not for it: whoever may write to its address
 * could have sent them.
 *
 * Limits: what is encrypted is only counted by its record; its content is checked by decryption.
 */
export class RecordFilter {
  readonly #expected: ReadonlySet<number>;
  readonly #fragments = new Map<number, number>();
  readonly #hellos: number[] = [];

  /** `role` is ours; the peer has the other one. */
  constructor(role: 'client' | 'server') {
    this.#expected = role === 'server' ? fromClient : fromServer;
  }

  /** The length of the record that starts at `start`, header included; undefined if it is cut short. */
  static recordBytes(datagram: Buffer, start: number): number | undefined {
    if (start + recordHeaderBytes > datagram.length) return undefined;
    const bytes = recordHeaderBytes + datagram.readUInt16BE(start + 11);
    return start + bytes > datagram.length ? undefined : bytes;
  }

  /** Judges one whole record. */
  judge(record: Buffer, isConnected: boolean, now: number): RecordVerdict {
    if (record.readUInt8(1) !== 0xfe) return 'malformed';
    const isClear = record.readUInt16BE(3) === 0;
    switch (record.readUInt8(0)) {
      case contentType.changeCipherSpec:
        return isConnected ? 'unexpected' : 'pass';
      case contentType.alert:
        return isClear ? 'unexpected' : 'alert';
      case contentType.handshake:
        if (!isClear) return 'pass';
        return isConnected ? 'unexpected' : this.#handshake(record.subarray(recordHeaderBytes), now);
      case contentType.applicationData:
        return isConnected && !isClear ? 'pass' : 'unexpected';
      default:
        return 'malformed';
    }
  }

  #handshake(messages: Buffer, now: number): RecordVerdict {
    for (let at = 0; at < messages.length;) {
      if (at + handshakeHeaderBytes > messages.length) return 'malformed';
      const fragmentBytes = messages.readUIntBE(at + 9, 3);
      const end = at + handshakeHeaderBytes + fragmentBytes;
      if (end > messages.length) return 'malformed';
      const verdict = this.#message(messages.subarray(at, end), fragmentBytes, now);
      if (verdict !== 'pass') return verdict;
      at = end;
    }
    return messages.length === 0 ? 'malformed' : 'pass';
  }

  #message(message: Buffer, fragmentBytes: number, now: number): RecordVerdict {
    const type = message.readUInt8(0);
    const length = message.readUIntBE(1, 3);
    if (length > mostMessageBytes || message.readUIntBE(6, 3) + fragmentBytes > length) return 'malformed';
    if (!this.#expected.has(type)) return 'unexpected';
    if (type === clientHello && !this.#takesHello(now)) return 'too_many';
    return this.#takesFragment(message.readUInt16BE(4)) ? 'pass' : 'too_many';
  }

  #takesFragment(sequence: number): boolean {
    const count = this.#fragments.get(sequence) ?? 0;
    if (count >= mostFragments || (count === 0 && this.#fragments.size >= mostMessages)) return false;
    this.#fragments.set(sequence, count + 1);
    return true;
  }

  #takesHello(now: number): boolean {
    while (this.#hellos.length > 0 && now - (this.#hellos[0] ?? now) >= 1000) this.#hellos.shift();
    if (this.#hellos.length >= mostHellosPerSecond) return false;
    this.#hellos.push(now);
    return true;
  }
}
