import { isIP } from 'node:net';
import type { TransportAddress } from '#services/kernel';
import { canonicalAddress } from '../ice/stun-address.ts';

/** What a check needs to know of a remote candidate. */
export interface RemoteCandidate extends TransportAddress {
  readonly priority: number;
}

/** Longer than any candidate-attribute with its extensions (RFC 8839 section 5.1). */
const longestText = 1024;

const types: readonly (string | undefined)[] = ['host', 'srflx', 'prflx', 'relay'];

/**
 * Reads `candidate:…`; undefined unless it is a UDP candidate of the one component, by IP address.
 *
 * Names are never resolved: a browser that hides its address behind an mDNS name checks us, and is answered there.
 */
export function readCandidate(text: string): RemoteCandidate | undefined {
  if (text.length > longestText || !text.startsWith('candidate:')) return undefined;
  const [, component, transport, priority, host, port, typ, type] = text.split(' ');
  if (component !== '1' || transport?.toLowerCase() !== 'udp') return undefined;
  if (typ !== 'typ' || !types.includes(type) || !isPlainIp(host)) return undefined;
  if (!isUpTo(priority, 2 ** 31 - 1) || !isUpTo(port, 0xffff)) return undefined;
  return { address: canonicalAddress(host), port: Number(port), priority: Number(priority) };
}

/** RFC 8839 section 5.1: priorities and ports are whole numbers from 1 on. */
function isUpTo(digits: string | undefined, most: number): digits is string {
  return digits !== undefined && /^\d{1,10}$/.test(digits) && Number(digits) >= 1 && Number(digits) <= most;
}

/** A zone is of this machine, and no peer knows it. */
function isPlainIp(host: string | undefined): host is string {
  return host !== undefined && isIP(host) !== 0 && !host.includes('%');
}
