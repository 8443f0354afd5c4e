import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TransportAddress } from '#services/kernel';
import { printXorAddress } from './stun-address.ts';
import {
  attribute,
  attributeHeaderBytes,
  bindingMethod,
  classBits,
  fingerprintMask,
  integrityBytes,
  magicCookie,
  padded,
  stunHeaderBytes,
  type StunClass,
} from './stun-format.ts';
import type { StunMessage } from './stun-message.ts';

/** A Binding message to print; what is absent is left out. */
export interface BindingMessage {
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
  readonly username?: string;
  readonly priority?: number;
  readonly useCandidate?: boolean;
  readonly controlling?: bigint;
  readonly controlled?: bigint;
  readonly mappedAddress?: TransportAddress;
  /** Printed without a reason phrase. */
  readonly errorCode?: number;
  readonly unknownAttributes?: readonly number[];
}

const fingerprintBytes = 4;

/** The message with MESSAGE-INTEGRITY under `key` and FINGERPRINT (RFC 8489 sections 14.5, 14.7). */
export function printStun(message: BindingMessage, key: KeyObject): Buffer {
  const bytes = Buffer.concat([header(message), ...attributes(message)]);
  const integrity = Buffer.alloc(attributeHeaderBytes + integrityBytes);
  writeAttributeHeader(integrity, attribute.messageIntegrity, integrityBytes);
  const signed = withLength(bytes, bytes.length + integrity.length);
  createHmac('sha1', key).update(signed).digest().copy(integrity, attributeHeaderBytes);
  return withFingerprint(Buffer.concat([signed, integrity]));
}

/** A request to a server that asks for no credentials: what is our address? */
export function printBindingRequest(transactionId: Buffer): Buffer {
  return withFingerprint(header({ class: 'request', transactionId }));
}

/** True if MESSAGE-INTEGRITY is there and was made with `key`; compared in constant time. */
export function hasIntegrity(message: StunMessage, bytes: Buffer, key: KeyObject): boolean {
  const at = message.integrityAt;
  if (at === undefined) return false;
  const head = withLength(
    bytes.subarray(0, attributeHeaderBytes),
    at + attributeHeaderBytes + integrityBytes,
  );
  const hmac = createHmac('sha1', key).update(head).update(bytes.subarray(attributeHeaderBytes, at)).digest();
  const claimed = bytes.subarray(at + attributeHeaderBytes, at + attributeHeaderBytes + integrityBytes);
  return timingSafeEqual(hmac, claimed);
}

function header(message: BindingMessage): Buffer {
  const bytes = Buffer.alloc(stunHeaderBytes);
  bytes.writeUInt16BE(classBits[message.class] | bindingMethod, 0);
  bytes.writeUInt32BE(magicCookie, 4);
  message.transactionId.copy(bytes, 8);
  return bytes;
}

function attributes(message: BindingMessage): Buffer[] {
  const { username, priority, controlling, controlled, mappedAddress, errorCode } = message;
  const list: Buffer[] = [];
  const add = (type: number, value: Buffer | undefined): void => {
    if (value !== undefined) list.push(printAttribute(type, value));
  };
  add(attribute.username, username === undefined ? undefined : Buffer.from(username, 'latin1'));
  add(attribute.priority, priority === undefined ? undefined : uint32(priority));
  add(attribute.useCandidate, message.useCandidate === true ? Buffer.alloc(0) : undefined);
  add(attribute.iceControlling, controlling === undefined ? undefined : uint64(controlling));
  add(attribute.iceControlled, controlled === undefined ? undefined : uint64(controlled));
  add(attribute.errorCode, errorCode === undefined ? undefined : errorValue(errorCode));
  add(attribute.unknownAttributes, message.unknownAttributes && typeList(message.unknownAttributes));
  add(attribute.xorMappedAddress, mappedAddress && printXorAddress(mappedAddress, message.transactionId));
  return list;
}

function printAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(attributeHeaderBytes + padded(value.length));
  writeAttributeHeader(bytes, type, value.length);
  value.copy(bytes, attributeHeaderBytes);
  return bytes;
}

function writeAttributeHeader(bytes: Buffer, type: number, length: number): void {
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(length, 2);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

/** RFC 8489 section 14.8. */
function errorValue(code: number): Buffer {
  return Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
}

function typeList(types: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * types.length);
  types.forEach((type, at) => bytes.writeUInt16BE(type, 2 * at));
  return bytes;
}

/** A copy whose header says that the message has `total` bytes. */
function withLength(bytes: Buffer, total: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(total - stunHeaderBytes, 2);
  return copy;
}

function withFingerprint(bytes: Buffer): Buffer {
  const before = withLength(bytes, bytes.length + attributeHeaderBytes + fingerprintBytes);
  const fingerprint = uint32((crc32(before) ^ fingerprintMask) >>> 0);
  return Buffer.concat([before, printAttribute(attribute.fingerprint, fingerprint)]);
}
