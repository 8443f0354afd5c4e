/** RFC 6347 section 4.2.2: type, length, message_seq, fragment_offset, fragment_length. */
export const messageHeaderBytes = 12;

/** RFC 5246 section 7.4, RFC 6347 section 4.3.2. */
export const messageType = {
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** RFC 5246 section 6.2.1. */
export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** One whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  /** With its header, as if it had not been fragmented: this is what the transcript holds. */
  readonly bytes: Buffer;
  readonly body: Buffer;
  /** Every part of it came under the protection of this association. */
  readonly isProtected: boolean;
}

/** What one side sends in a flight. */
export interface Said {
  readonly contentType: number;
  readonly content: Buffer;
  readonly isProtected: boolean;
}

/** RFC 5246 section 7.2. */
export const alertDescription = {
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
} as const;

/** The peer is not who its SDP names, or does not keep to the protocol: there will be no connection. */
export class PeerRefused extends Error {
  /** What it is told, by the number of RFC 5246 section 7.2. */
  readonly alert: number;

  constructor(alert: keyof typeof alertDescription, message: string) {
    super(message);
    this.alert = alertDescription[alert];
  }
}

/** A whole message with its header. */
export function messageBytes(type: number, sequence: number, body: Buffer): Buffer {
  // Not from Node's pool: a Finished that waits to be repeated would keep 8 KiB with it.
  const bytes = Buffer.alloc(messageHeaderBytes + body.length);
  bytes.writeUInt8(type, 0);
  bytes.writeUIntBE(body.length, 1, 3);
  bytes.writeUInt16BE(sequence, 4);
  bytes.writeUIntBE(0, 6, 3);
  bytes.writeUIntBE(body.length, 9, 3);
  body.copy(bytes, messageHeaderBytes);
  return bytes;
}
