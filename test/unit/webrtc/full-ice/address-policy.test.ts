import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayContact } from '../../../../backend-janus/webrtc/full-ice/address-policy.ts';

const port = 50_000;
/** One of each scope, in both families. */
const ours = {
  global: ['198.51.100.1', '2001:db8::1'],
  private: ['10.0.0.1', 'fd00::1'],
  loopback: ['127.0.0.1', '::1'],
  linkLocal: ['169.254.1.1', 'fe80::1'],
  unspecified: ['0.0.0.0', '::'],
};

function reachedFrom(addresses: readonly string[], targets: readonly string[]): string[] {
  return targets.filter((target) => mayContact(target, port, addresses));
}

test('nobody’s addresses are never contacted', () => {
  const nobodys = [
    ...['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...['::', 'ff02::1', 'ff0e::1', '::ffff:8.8.8.8', '::ffff:127.0.0.1'],
  ];

  for (const addresses of Object.values(ours)) assert.deepEqual(reachedFrom(addresses, nobodys), []);
});

test('the Internet is contacted from everywhere but loopback', () => {
  const internet = ['192.0.2.1', '8.8.8.8', '2001:db8::9'];

  assert.deepEqual(reachedFrom(ours.global, internet), internet);
  assert.deepEqual(reachedFrom(ours.private, internet), internet);
  assert.deepEqual(reachedFrom(ours.unspecified, internet), internet);
  assert.deepEqual(reachedFrom(ours.loopback, internet), []);
});

test('a private, link-local or loopback address is contacted only from one', () => {
  const targets = {
    private: ['10.9.9.9', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fd12::1', 'fc00::1'],
    linkLocal: ['169.254.169.254', 'fe80::9'],
    loopback: ['127.0.0.1', '127.9.9.9', '::1'],
  };

  for (const [scope, list] of Object.entries(targets)) {
    for (const [from, addresses] of Object.entries(ours)) {
      assert.deepEqual(reachedFrom(addresses, list), from === scope ? list : [], `${from} to ${scope}`);
    }
  }
});

test('bound to every address, what is announced says which networks we are on', () => {
  assert.equal(mayContact('10.9.9.9', port, ['0.0.0.0']), false);
  assert.equal(mayContact('10.9.9.9', port, ['0.0.0.0', '10.0.0.1']), true);
  assert.equal(mayContact('fd00::9', port, ['0.0.0.0', '10.0.0.1']), false);
});

test('ports of the system are left alone, but for those that relays use', () => {
  const ports = [0, 1, 22, 53, 80, 123, 443, 1023, 1024, 65_535, 65_536, 70_000];

  assert.deepEqual(
    ports.filter((one) => mayContact('192.0.2.1', one, ours.global)),
    [80, 443, 1024, 65_535],
  );
});
