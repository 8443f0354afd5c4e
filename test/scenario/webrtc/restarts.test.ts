import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OneConnection } from './one-connection.ts';

test('after an ICE restart media comes on the old way until the new one is nominated, and then on the new', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);
  peer.stopChecking();
  peer.checksByItself = false;

  await one.negotiate(peer, { restartsIce: true });
  peer.sendRtp('0');
  await one.pass(20);
  const onOldWay = one.arrived.length;
  await peer.moveTo('203.0.113.7');
  peer.sendRtp('0');
  await one.pass(20);
  const unproven = one.arrived.length - onOldWay;
  peer.check();
  peer.sendRtp('0');
  await one.pass(20);

  assert.deepEqual([onOldWay, unproven, one.arrived.length], [1, 0, 2]);
  assert.equal(one.encodings.length, 1);
});

test('a peer that was made anew has keys of its own: nothing of the old one enters, from any address', async () => {
  await using one = await OneConnection.open();
  const before = await one.peer();
  await one.connect(before);
  const old = before.sendRtp('0');
  await one.pass(20);
  before.stopChecking();
  const after = await one.peer('198.51.100.2');

  await one.negotiate(after);
  before.sendRtp('0');
  before.check();
  await one.pass(200);
  before.sendRtp('0');
  if (old !== undefined) after.send(old);
  await one.pass(20);
  const entered = one.arrived.length;
  after.sendRtp('0');
  await one.pass(20);

  assert.equal(entered, 1);
  assert.equal(one.arrived.length, 2);
  assert.equal(one.encodings.length, 2);
  assert.equal(one.connection.stats().refused.unauthentic, 1);
  assert.equal(one.webrtc.counts.addresses, 1);
  assert.deepEqual(one.told, ['connected']);
});

test('a peer that was made anew is told of no stream that ended, and a stream that ends is told of', async () => {
  await using one = await OneConnection.open();
  await one.connect(await one.peer());
  const after = await one.peer('198.51.100.2');

  await one.negotiate(after);
  after.startRtp('0');
  await one.pass(3000);
  const before = after.reports.length;
  const hadEnd = after.reports.includes('bye');
  await one.connection[Symbol.asyncDispose]();
  await one.pass(20);

  assert.notEqual(before, 0);
  assert.equal(hadEnd, false);
  assert.ok(after.reports.includes('bye'));
});

test('a peer that was made anew begins with a rollover counter of 0, and so do we', async () => {
  await using one = await OneConnection.open();
  const before = await one.peer();
  await one.connect(before);
  before.sequence = 65_533;
  for (let left = 6; left > 0; left -= 1) before.sendRtp('0');
  await one.pass(20);
  const wrapped = one.arrived.length;
  const after = await one.peer('198.51.100.2');

  await one.negotiate(after);
  await one.pass(200);
  after.sendRtp('0');
  const sender = one.connection.sender('0');
  const { ssrc, payloadTypes } = sender.parameters;
  const packet = Buffer.alloc(40, 1);
  packet.writeUInt32BE(ssrc, 8);
  packet.set([0x80, payloadTypes.get('opus')?.media ?? 0, 0, 1], 0);
  sender.send(packet, 12, packet, 12);
  await one.pass(1100);

  assert.equal(wrapped, 6);
  assert.equal(one.arrived.length, 7);
  assert.equal(after.rtpReceived('0'), 1);
});

test('a peer that comes anew and never connects is given up, with its handle none the wiser', async () => {
  await using one = await OneConnection.open();
  const before = await one.peer();
  await one.connect(before);
  const after = await one.peer('198.51.100.2');
  after.checksByItself = false;

  await one.negotiate(after);
  await one.pass(20_000);

  assert.deepEqual(one.told, ['connected', 'closed ice_failed']);
});

test('SSRCs that a peer no longer names make room for others', async () => {
  await using one = await OneConnection.open();
  const peer = await one.peer();
  await one.connect(peer);

  for (let round = 1; round <= 40; round += 1) {
    peer.renewSsrcs();
    await one.negotiate(peer);
    peer.sendRtp('0');
    await one.pass(10);
  }

  assert.equal(one.arrived.length, 40);
  assert.equal(one.encodings.length, 40);
});
