import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noConnections } from '../../support/no-connections.ts';
import { OneConnection } from './one-connection.ts';

test('FLT-06 a peer that is never reached ends in 20 s as ICE, and is freed at once', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  peer.checksByItself = false;
  await one.negotiate(peer);

  await one.pass(19_900);
  const before = one.told;
  await one.pass(100);

  assert.deepEqual(before, []);
  assert.deepEqual(one.told, ['closed ice_failed']);
  assert.deepEqual(one.webrtc.counts, noConnections);
  assert.equal(one.clock.pending, 0);
});

test('FLT-06 a peer that is reached and shakes no hand ends in 20 s as DTLS, and is freed at once', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  peer.doesHandshake = false;
  await one.negotiate(peer);

  await one.pass(20_000);
  peer.vanish();
  await one.pass(10);

  assert.deepEqual(one.told, ['closed dtls_timeout']);
  assert.deepEqual(one.webrtc.counts, noConnections);
  assert.equal(one.clock.pending, 0);
});

test('FLT-05 a peer that falls silent is told of within 10 s, and ends within 35 s', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);
  peer.startRtp('0');
  await one.pass(1000);

  peer.vanish();
  await one.pass(10_000);
  const warned = one.told;
  await one.pass(25_000);

  assert.deepEqual(warned, ['connected', 'silent']);
  assert.deepEqual(one.told, ['connected', 'silent', 'closed media_timeout']);
  assert.deepEqual(one.webrtc.counts, noConnections);
});

test('FLT-05 a peer that says goodbye ends at once', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);

  await peer.close();
  await one.pass(100);

  assert.deepEqual(one.told, ['connected', 'closed dtls_alert']);
  assert.deepEqual(one.webrtc.counts, noConnections);
});

test('a peer that sends no media and goes on checking stays', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);

  await one.pass(300_000);

  assert.deepEqual(one.told, ['connected']);
});

test('a peer that sends media and takes its consent back ends after 30 s', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);
  peer.startRtp('0');

  peer.stopChecking();
  await one.pass(29_000);
  const before = one.told;
  await one.pass(2000);

  assert.deepEqual(before, ['connected']);
  assert.deepEqual(one.told, ['connected', 'closed ice_failed']);
});

test('each silence of a peer that comes back is told once', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);

  for (let round = 0; round < 2; round += 1) {
    peer.stopChecking();
    await one.pass(15_000);
    peer.check();
    await one.pass(2000);
  }

  assert.deepEqual(one.told, ['connected', 'silent', 'silent']);
});
