import { crc32 } from 'node:zlib';
import type { TransportAddress } from '#services/kernel';
import { readXorAddress } from './stun-address.ts';
import {
  attribute,
  attributeHeaderBytes,
  classBits,
  fingerprintMask,
  integrityBytes,
  magicCookie,
  padded,
  stunHeaderBytes,
  type StunClass,
} from './stun-format.ts';

/** One STUN message (RFC 8489) as far as ICE needs it. `transactionId` is a view over the datagram. */
export interface StunMessage {
  readonly class: StunClass;
  readonly method: number;
  readonly transactionId: Buffer;
  readonly username: string | undefined;
  readonly priority: number | undefined;
  readonly useCandidate: boolean;
  /** Tie-breakers (RFC 8445 section 7.1.2). */
  readonly controlling: bigint | undefined;
  readonly controlled: bigint | undefined;
  readonly mappedAddress: TransportAddress | undefined;
  readonly errorCode: number | undefined;
  /** Types that must be understood and are not, each once (RFC 8489 section 6.3.1). */
  readonly unknownRequired: readonly number[];
  /** Where MESSAGE-INTEGRITY begins; undefined if there is none. What follows it counts for nothing. */
  readonly integrityAt: number | undefined;
}

type Draft = { -readonly [Field in keyof StunMessage]: StunMessage[Field] } & { unknownRequired: number[] };

/** More attributes than any agent sends. */
const mostAttributes = 32;

/** RFC 8489 section 14: below it an attribute must be understood. */
const firstOptional = 0x8000;

/**
 * The message in `bytes`, or undefined if they are not exactly one well-formed message: lengths add up, known
 * attributes have their size, FINGERPRINT, when present, is last and right.
 *
 * Says nothing about who sent it: that is `hasIntegrity`.
 */
export function parseStun(bytes: Buffer): StunMessage | undefined {
  const message = parseHeader(bytes);
  if (message === undefined) return undefined;
  let left = mostAttributes;
  for (let at = stunHeaderBytes; at < bytes.length; left -= 1) {
    const end = attributeEnd(bytes, at);
    if (left === 0 || end === undefined || !readAttribute(message, bytes, at, end)) return undefined;
    at += attributeHeaderBytes + padded(end - at - attributeHeaderBytes);
  }
  return message;
}

function parseHeader(bytes: Buffer): Draft | undefined {
  if (bytes.length < stunHeaderBytes || bytes.length % 4 !== 0) return undefined;
  const type = bytes.readUInt16BE(0);
  if (type >= 0x4000 || bytes.readUInt32BE(4) !== magicCookie) return undefined;
  if (bytes.readUInt16BE(2) !== bytes.length - stunHeaderBytes) return undefined;
  return {
    class: classOf(type),
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    transactionId: bytes.subarray(8, stunHeaderBytes),
    username: undefined,
    priority: undefined,
    useCandidate: false,
    controlling: undefined,
    controlled: undefined,
    mappedAddress: undefined,
    errorCode: undefined,
    unknownRequired: [],
    integrityAt: undefined,
  };
}

function classOf(type: number): StunClass {
  switch (type & classBits.error) {
    case classBits.request:
      return 'request';
    case classBits.indication:
      return 'indication';
    case classBits.success:
      return 'success';
    default:
      return 'error';
  }
}

/** The end of the value of the attribute at `at`; undefined if it does not fit. */
function attributeEnd(bytes: Buffer, at: number): number | undefined {
  if (at + attributeHeaderBytes > bytes.length) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  return at + attributeHeaderBytes + padded(length) > bytes.length
    ? undefined
    : at + attributeHeaderBytes + length;
}

/** False if the attribute makes the message malformed. */
function readAttribute(message: Draft, bytes: Buffer, at: number, end: number): boolean {
  const type = bytes.readUInt16BE(at);
  const value = bytes.subarray(at + attributeHeaderBytes, end);
  if (type === attribute.fingerprint) return isFingerprint(bytes, at, value);
  // RFC 8489 section 14.5: what follows MESSAGE-INTEGRITY is not protected by it.
  if (message.integrityAt !== undefined) return true;
  if (type === attribute.messageIntegrity) {
    message.integrityAt = at;
    return value.length === integrityBytes;
  }
  return readField(message, type, value);
}

/** Of an attribute that comes twice the first one counts (RFC 8489 section 14). */
function readField(message: Draft, type: number, value: Buffer): boolean {
  switch (type) {
    case attribute.username:
      message.username ??= value.toString('latin1');
      return value.length < 513;
    case attribute.priority:
      if (value.length === 4) message.priority ??= value.readUInt32BE();
      return value.length === 4;
    case attribute.useCandidate:
      message.useCandidate = true;
      return value.length === 0;
    case attribute.iceControlling:
      if (value.length === 8) message.controlling ??= value.readBigUInt64BE();
      return value.length === 8;
    case attribute.iceControlled:
      if (value.length === 8) message.controlled ??= value.readBigUInt64BE();
      return value.length === 8;
    default:
      return readResponseField(message, type, value);
  }
}

function readResponseField(message: Draft, type: number, value: Buffer): boolean {
  switch (type) {
    case attribute.xorMappedAddress:
      message.mappedAddress ??= readXorAddress(value, message.transactionId);
      return message.mappedAddress !== undefined;
    case attribute.errorCode:
      if (value.length < 4) return false;
      message.errorCode ??= (value.readUInt8(2) & 0x07) * 100 + value.readUInt8(3);
      return true;
    case attribute.unknownAttributes:
      return value.length % 2 === 0;
    default:
      if (type < firstOptional && !message.unknownRequired.includes(type)) message.unknownRequired.push(type);
      return true;
  }
}

function isFingerprint(bytes: Buffer, at: number, value: Buffer): boolean {
  if (value.length !== 4 || at + attributeHeaderBytes + 4 !== bytes.length) return false;
  return value.readUInt32BE() === (crc32(bytes.subarray(0, at)) ^ fingerprintMask) >>> 0;
}
