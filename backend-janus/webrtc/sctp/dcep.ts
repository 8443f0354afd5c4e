import type { Reliability } from './association/message-queue.ts';

/** What a DATA_CHANNEL_OPEN says of the channel that it opens (RFC 8832 section 5.1). */
export interface ChannelParameters {
  readonly label: string;
  readonly reliability: Reliability;
}

/** Payload protocol identifiers (RFC 8831 section 8). An empty message has one of its own, and one byte. */
export const payloadProtocol = { dcep: 50, text: 51, binary: 53, emptyText: 56, emptyBinary: 57 } as const;

/** RFC 8832 section 5.2. */
export const channelAck = Buffer.from([2]);

/** Whether a message of the control protocol says that a channel of ours is known to the peer. */
export function isChannelAck(message: Buffer): boolean {
  return message[0] === 2;
}

const channelOpen = 3;
const openHeaderBytes = 12;
const unordered = 0x80;
const limitedRetransmissions = 1;
const limitedLifetime = 2;

/** RFC 8831 section 6.4. */
const normalPriority = 256;

/** Parses a DATA_CHANNEL_OPEN; undefined if it is another message or its lengths do not add up. */
export function parseOpen(message: Buffer): ChannelParameters | undefined {
  if (message.length < openHeaderBytes || message.readUInt8(0) !== channelOpen) return undefined;
  const labelEnd = openHeaderBytes + message.readUInt16BE(8);
  if (labelEnd + message.readUInt16BE(10) !== message.length) return undefined;
  return { label: message.toString('utf8', openHeaderBytes, labelEnd), reliability: reliabilityOf(message) };
}

/** A DATA_CHANNEL_OPEN (RFC 8832 section 5.1), of normal priority and without a protocol. */
export function writeOpen({ label, reliability }: ChannelParameters): Buffer {
  const { isOrdered, mostRetransmissions, lifetimeMs } = reliability;
  const name = Buffer.from(label);
  const head = Buffer.alloc(openHeaderBytes);
  const isLimited = mostRetransmissions !== undefined;
  const kind = isLimited ? limitedRetransmissions : lifetimeMs === undefined ? 0 : limitedLifetime;
  head.writeUInt8(channelOpen, 0);
  head.writeUInt8(kind | (isOrdered ? 0 : unordered), 1);
  head.writeUInt16BE(normalPriority, 2);
  head.writeUInt32BE(mostRetransmissions ?? lifetimeMs ?? 0, 4);
  head.writeUInt16BE(name.length, 8);
  return Buffer.concat([head, name]);
}

/** The kind of a channel, and the limit that goes with it (RFC 8832 section 5.1). */
function reliabilityOf(message: Buffer): Reliability {
  const type = message.readUInt8(1);
  const limit = message.readUInt32BE(4);
  const kind = type & ~unordered;
  return {
    isOrdered: (type & unordered) === 0,
    mostRetransmissions: kind === limitedRetransmissions ? limit : undefined,
    lifetimeMs: kind === limitedLifetime ? limit : undefined,
  };
}

/** A message of the application: text, or bytes; undefined if the identifier is of another protocol. */
export function readMessage(protocol: number, bytes: Buffer): string | Buffer | undefined {
  switch (protocol) {
    case payloadProtocol.text:
      return bytes.toString('utf8');
    case payloadProtocol.binary:
      return bytes;
    case payloadProtocol.emptyText:
      return '';
    case payloadProtocol.emptyBinary:
      return Buffer.alloc(0);
    default:
      return undefined;
  }
}

/** How a message of the application is sent. */
export function writeMessage(payload: string | Buffer): {
  readonly protocol: number;
  readonly bytes: Buffer;
} {
  const isText = typeof payload === 'string';
  const bytes = isText ? Buffer.from(payload) : payload;
  if (bytes.length > 0) return { protocol: isText ? payloadProtocol.text : payloadProtocol.binary, bytes };
  const protocol = isText ? payloadProtocol.emptyText : payloadProtocol.emptyBinary;
  return { protocol, bytes: Buffer.alloc(1) };
}
