/** Candidates that no check may follow, whatever ICE does: names, connections, and addresses that are no peer's. */
export const hostileCandidates: readonly string[] = [
  ...[
    'localhost',
    'metadata.google.internal',
    'example.org',
    '0b1f9c52-1f31-4c5e-9b0e-5a8cf5f2b0aa.local',
    'xn--nxasmq6b',
    '0x7f000001',
    '2130706433',
    '127.1',
    'fe80::1%eth0',
    ...['0.0.0.0', '0.0.0.1', '127.0.0.1', '127.8.8.8', '169.254.169.254', '169.254.1.1'],
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
    ...['224.0.0.251', '239.255.255.250', '255.255.255.255', '240.0.0.1'],
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', 'ff02::fb'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:203.0.113.1'],
  ].map((host) => `candidate:1 1 udp 2130706431 ${host} 50000 typ host`),
  ...[1, 22, 25, 53, 123, 161, 389, 1023].map(
    (port) => `candidate:1 1 udp 2130706431 203.0.113.1 ${port} typ host`,
  ),
  'candidate:1 1 tcp 1518280447 203.0.113.1 9 typ host tcptype active',
  'candidate:1 1 tcp 1518280447 203.0.113.1 443 typ host tcptype passive',
  'candidate:1 1 tcp 1518280447 203.0.113.1 443 typ host tcptype so',
  'candidate:1 1 ssltcp 1518280447 203.0.113.1 443 typ relay raddr 0.0.0.0 rport 0',
  'candidate:1 2 udp 2130706431 203.0.113.1 50000 typ host',
  'candidate:1 1 udp 2130706431 203.0.113.1 99999 typ host',
];

/** As many candidates as asked for, each of another address that looks like somebody's. */
export function plausibleCandidates(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const host = `203.0.${index >> 8}.${index & 0xff}`;
    return `candidate:1 1 udp ${2_130_706_431 - index} ${host} 50000 typ host`;
  });
}
