import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { TransportAddress } from '#services/kernel';
import { magicCookie } from './stun-format.ts';

/** RFC 8489 section 14.1. */
const family = { ipv4: 1, ipv6: 2 };

/**
 * The value of XOR-MAPPED-ADDRESS (RFC 8489 section 14.2). A zone (`%eth0`) is ours and not told. Throws RangeError
 * if `address` is no IP address.
 */
export function printXorAddress({ address, port }: TransportAddress, transactionId: Buffer): Buffer {
  const bytes = addressBytes(address.split('%', 1)[0] ?? '');
  const value = Buffer.alloc(4 + bytes.length);
  value.writeUInt8(bytes.length === 4 ? family.ipv4 : family.ipv6, 1);
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  mask(bytes, transactionId).copy(value, 4);
  return value;
}

/** The address in the value of an XOR-MAPPED-ADDRESS; undefined if it is malformed. */
export function readXorAddress(value: Buffer, transactionId: Buffer): TransportAddress | undefined {
  if (value.length < 4) return undefined;
  const expected = value.readUInt8(1) === family.ipv4 ? 8 : 20;
  if (value.length !== expected || (expected === 20 && value.readUInt8(1) !== family.ipv6)) return undefined;
  const bytes = mask(value.subarray(4), transactionId);
  const port = value.readUInt16BE(2) ^ (magicCookie >>> 16);
  return { address: bytes.length === 4 ? bytes.join('.') : canonicalAddress(ipv6Text(bytes)), port };
}

/** The one spelling of an IP address, as sockets tell it (RFC 5952). Throws if it is none. */
export function canonicalAddress(address: string): string {
  return isIPv4(address) ? address : new SocketAddress({ address, family: 'ipv6' }).address;
}

/** XOR with the cookie and the transaction id; undoes itself. */
function mask(bytes: Buffer, transactionId: Buffer): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(magicCookie);
  transactionId.copy(key, 4);
  return Buffer.from(bytes.map((byte, at) => byte ^ (key[at] ?? 0)));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (isIPv6(address)) return ipv6Bytes(address);
  throw new RangeError('an address is IPv4 or IPv6');
}

/** RFC 4291 section 2.2, of an address that is known to be well-formed. */
function ipv6Bytes(address: string): Buffer {
  const [before = '', after] = withoutIpv4(address).split('::', 2);
  const head = groupsOf(before);
  const tail = groupsOf(after ?? '');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  const bytes = Buffer.alloc(16);
  [...head, ...zeros, ...tail].forEach((group, at) => bytes.writeUInt16BE(group, 2 * at));
  return bytes;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** `::ffff:192.0.2.1` with its last four bytes as two groups. */
function withoutIpv4(address: string): string {
  const at = address.lastIndexOf(':') + 1;
  const dotted = address.slice(at);
  if (!isIPv4(dotted)) return address;
  const value = Buffer.from(dotted.split('.').map(Number));
  return `${address.slice(0, at)}${value.readUInt16BE(0).toString(16)}:${value.readUInt16BE(2).toString(16)}`;
}

/** In full length. */
function ipv6Text(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':');
}
