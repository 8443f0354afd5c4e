import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCandidate } from '../../../../backend-janus/webrtc/full-ice/remote-candidate.ts';

test('UDP candidates of every type are read, with their address in its one spelling', () => {
  const texts = {
    'candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host': ['192.0.2.1', 5000, 2_130_706_431],
    'candidate:842163049 1 UDP 1677729535 198.51.100.1 61000 typ srflx raddr 10.0.0.1 rport 5000 generation 0':
      ['198.51.100.1', 61_000, 1_677_729_535],
    'candidate:a/+ 1 udp 1 2001:DB8:0:0::1 1 typ relay raddr :: rport 0': ['2001:db8::1', 1, 1],
  };

  for (const [text, [address, port, priority]] of Object.entries(texts)) {
    assert.deepEqual(readCandidate(text), { address, port, priority }, text);
  }
});

test('names, zones, connections, other components and nonsense are not', () => {
  const texts = [
    'candidate:1 1 udp 1 4f3c9a52-1f31-4c5e-9b0e-5a8cf5f2b0aa.local 5000 typ host',
    'candidate:1 1 udp 1 example.org 5000 typ host',
    'candidate:1 1 udp 1 localhost 5000 typ host',
    'candidate:1 1 udp 1 fe80::1%eth0 5000 typ host',
    'candidate:1 1 udp 1 0x7f.1 5000 typ host',
    'candidate:1 1 udp 1 127.1 5000 typ host',
    'candidate:1 1 udp 1 3232235777 5000 typ host',
    'candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active',
    'candidate:1 1 ssltcp 1 192.0.2.1 443 typ host',
    'candidate:1 2 udp 1 192.0.2.1 5000 typ host',
    'candidate:1 1 udp -1 192.0.2.1 5000 typ host',
    'candidate:1 1 udp 2147483648 192.0.2.1 5000 typ host',
    'candidate:1 1 udp 1 192.0.2.1 0 typ host',
    'candidate:1 1 udp 1 192.0.2.1 65536 typ host',
    'candidate:1 1 udp 1 192.0.2.1 5e3 typ host',
    'candidate:1 1 udp 1 192.0.2.1 5000 typ',
    'candidate:1 1 udp 1 192.0.2.1 5000 typ guest',
    'candidate:1 1 udp 1 192.0.2.1 5000 host',
    'candidate:1 1 udp 1  5000 typ host',
    'candidate:',
    '',
    'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host',
    `candidate:1 1 udp 1 192.0.2.1 5000 typ host${' x'.repeat(600)}`,
  ];

  assert.deepEqual(
    texts.filter((text) => readCandidate(text) !== undefined),
    [],
  );
});
