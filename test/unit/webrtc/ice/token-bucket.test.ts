import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '#janus/media';
import { networkOf, SourceBuckets } from '../../../../backend-janus/webrtc/ice/source-buckets.ts';

const rate = { perSecond: 10, burst: 3 };

function takeAll(take: () => boolean): number {
  let taken = 0;
  while (taken < 100 && take()) taken += 1;
  return taken;
}

test('a burst passes, then the rate', () => {
  const bucket = new TokenBucket(rate);

  assert.equal(
    takeAll(() => bucket.take(1_000)),
    3,
  );
  assert.equal(
    takeAll(() => bucket.take(1_099)),
    0,
  );
  assert.equal(
    takeAll(() => bucket.take(1_200)),
    2,
  );
  assert.equal(
    takeAll(() => bucket.take(60_000)),
    3,
  );
});

test('each source has its own bucket', () => {
  const buckets = new SourceBuckets(rate, 100);

  assert.equal(
    takeAll(() => buckets.take('192.0.2.1', 0)),
    3,
  );
  assert.equal(
    takeAll(() => buckets.take('192.0.2.2', 0)),
    3,
  );
});

test('the number of sources remembered is bounded', () => {
  const buckets = new SourceBuckets(rate, 50);

  for (let source = 0; source < 10_000; source += 1) buckets.take(`${source}`, 0);

  assert.ok(buckets.size <= 100);
});

test('a source that keeps coming is not forgotten among others', () => {
  const buckets = new SourceBuckets(rate, 50);
  let taken = 0;

  for (let source = 0; source < 10_000; source += 1) {
    buckets.take(`${source}`, 0);
    if (buckets.take('persistent', 0)) taken += 1;
  }

  assert.equal(taken, 3);
});

test('a source is an IPv4 address, or the first half of an IPv6 one in whatever spelling', () => {
  const networks = {
    '192.0.2.1': '192.0.2.1',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
    '2001:db8::1': '2001:db8:0:0',
    '2001::5:6:7:8:9': '2001:0:0:5',
    '::1': '0:0:0:0',
    '::': '0:0:0:0',
    '2001:db8:1:2::': '2001:db8:1:2',
    'fe80::1%eth0': 'fe80:0:0:0',
  };

  for (const [address, network] of Object.entries(networks))
    assert.equal(networkOf(address), network, address);
});
