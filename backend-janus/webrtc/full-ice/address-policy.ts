import { BlockList, isIPv6 } from 'node:net';

/** Addresses that are nobody's: of no host, or of many. */
const nobodys = listOf(['0.0.0.0', 8], ['224.0.0.0', 4], ['240.0.0.0', 4], ['::', 128], ['ff00::', 8]);

/** The beginning of an IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5.2), in its one spelling. */
const mapped = '::ffff:';

/** Addresses that mean something else on every machine or network: who is not on one has no business there. */
const scopes = {
  loopback: listOf(['127.0.0.0', 8], ['::1', 128]),
  /** 169.254.169.254 tells machines of a cloud their secrets. */
  linkLocal: listOf(['169.254.0.0', 16], ['fe80::', 10]),
  /** RFC 1918, RFC 6598, RFC 4193. */
  private: listOf(
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
    ['fc00::', 7],
  ),
};

type Scope = keyof typeof scopes | 'global';

/** Below it ports belong to services of the system; relays use 80 and 443. */
const firstUserPort = 1024;
const openPorts: readonly number[] = [80, 443];

/**
 * True if a check may be sent to an address that nobody has proved to have. `ours` are our own addresses, bound and
 * announced: one of them must be of the same IP family, and of the same scope unless that is the whole Internet.
 * From loopback nothing goes elsewhere.
 *
 * A broadcast address of a network that we are on looks like a host's: the system refuses it, because our sockets do
 * not ask for broadcasts.
 */
export function mayContact(address: string, port: number, ours: readonly string[]): boolean {
  const near = ours.filter((one) => isIPv6(one) === isIPv6(address));
  if (near.length === 0 || address.startsWith(mapped) || has(nobodys, address)) return false;
  if (port < firstUserPort ? !openPorts.includes(port) : port > 0xffff) return false;
  const scope = scopeOf(address);
  const reached = new Set(near.map(scopeOf));
  if (reached.has('loopback') || scope !== 'global') return reached.has(scope);
  return true;
}

function scopeOf(address: string): Scope {
  if (has(scopes.loopback, address)) return 'loopback';
  if (has(scopes.linkLocal, address)) return 'linkLocal';
  return has(scopes.private, address) ? 'private' : 'global';
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
