import { BlockList, isIPv6 } from 'node:net';

/** Addresses that are nobody's: of no host, of many, or of one under another name. */
const nobodys = listOf(['0.0.0.0', 8], ['224.0.0.0', 4], ['240.0.0.0', 4], ['::', 128], ['ff00::', 8]);
/** The beginning of an IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5.2), in its one spelling. */
const mapped = '::ffff:';
const loopback = listOf(['127.0.0.0', 8], ['::1', 128]);
/** Of the wire that we are on; 169.254.169.254 tells machines of a cloud their secrets. */
const linkLocal = listOf(['169.254.0.0', 16], ['fe80::', 10]);

/** Below it ports belong to services of the system; relays use 80 and 443. */
const firstUserPort = 1024;
const openPorts: readonly number[] = [80, 443];

/**
 * True if a check may be sent to an address that nobody has proved to have, from a socket that is bound to `local`.
 *
 * Only from loopback to loopback, and link-local addresses only from one. A broadcast address of a network that we
 * are on looks like a host's: the system refuses it, because our sockets do not ask for broadcasts.
 */
export function mayContact(address: string, port: number, local: string): boolean {
  if (isIPv6(address) !== isIPv6(local) || address.startsWith(mapped) || has(nobodys, address)) return false;
  if (port < firstUserPort ? !openPorts.includes(port) : port > 0xffff) return false;
  return (
    has(loopback, address) === has(loopback, local) && (!has(linkLocal, address) || has(linkLocal, local))
  );
}

/** `address` is in its one spelling (`canonicalAddress`). */
function has(list: BlockList, address: string): boolean {
  return list.check(address.split('%', 1)[0] ?? '', isIPv6(address) ? 'ipv6' : 'ipv4');
}

function listOf(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  return list;
}
