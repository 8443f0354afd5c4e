import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printCheck } from '../../../support/checking-peer.ts';
import {
  credentials,
  dtls,
  HeardDatagrams,
  MuxWorld,
  plainAddress,
  rtcp,
  rtp,
} from '../../../support/mux-world.ts';

test('what we send goes to the nominated address, and nowhere before there is one', async () => {
  await using world = await MuxWorld.open();

  world.peer.send(Buffer.from(dtls));
  const client = await world.connected();
  world.peer.send(Buffer.from(rtp));
  world.peer.flush();
  world.clock.advance(1);

  assert.deepEqual(client.datagrams, [Buffer.from(rtp)]);
  assert.equal(world.peer.drops.no_remote, 1);
});

test('after a move the address before it is heard for five seconds', async () => {
  await using world = await MuxWorld.open();
  const before = await world.connected();
  const after = await world.client('203.0.113.1');
  world.clock.advance(2_000);

  after.send(printCheck(credentials, 'theirs', { useCandidate: true }));
  world.clock.advance(5_000);
  before.send(dtls);
  world.clock.advance(1);
  before.send(rtp);
  after.send(rtcp);
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, ['dtls 4', 'rtcp 8']);
  assert.equal(world.heard.moves.length, 2);
});

test('a copy of a check moves the peer to nobody who sends it; the same check may be repeated', async () => {
  await using world = await MuxWorld.open();
  world.peer.expect('theirs');
  const client = await world.client();
  const eavesdropper = await world.client('203.0.113.66');
  const check = printCheck(credentials, 'theirs', { useCandidate: true });

  client.send(check, check);
  world.clock.advance(10_000);
  eavesdropper.send(check, rtp);
  world.clock.advance(1);

  assert.equal(client.answers.length, 2);
  assert.equal(eavesdropper.bytes, 0);
  assert.deepEqual(plainAddress(world.peer.remote), client.local);
  assert.deepEqual(world.heard.words, []);
  assert.equal(world.peer.drops.replayed, 1);
});

test('one peer cannot take the address of another', async () => {
  await using world = await MuxWorld.open();
  const other = { ufrag: 'second', password: 'another+password/of+length' };
  const heard = new HeardDatagrams();
  world.mux.add(other, heard).expect('theirs');
  const client = await world.connected();

  client.send(printCheck(other, 'theirs', { useCandidate: true }), rtp);
  world.clock.advance(1);

  assert.equal(client.answers.length, 1);
  assert.equal(world.mux.drops.address_taken, 1);
  assert.deepEqual(heard.words, []);
  assert.deepEqual(world.heard.words, ['rtp 12']);
});

test('of two callees who share an offer only the expected one gets in', async () => {
  await using world = await MuxWorld.open();
  world.peer.expect('chosen');
  const [chosen, refused] = await Promise.all([world.client('203.0.113.1'), world.client('203.0.113.2')]);

  refused.send(printCheck(credentials, 'refused', { useCandidate: true }), dtls);
  chosen.send(printCheck(credentials, 'chosen', { useCandidate: true }), dtls);
  world.clock.advance(1);

  assert.equal(refused.bytes, 0);
  assert.deepEqual(world.heard.words, ['dtls 4']);
  assert.deepEqual(plainAddress(world.peer.remote), chosen.local);
});

test('a taken ufrag, credentials that are none, and a peer too many are refused', async () => {
  await using world = await MuxWorld.open({ mostPeers: 2 });
  const other = { ...credentials, ufrag: 'other' };

  assert.throws(() => world.mux.add(credentials, world.heard), RangeError);
  assert.throws(() => world.mux.add({ ...other, password: 'short' }, world.heard), RangeError);
  const second = world.mux.add(other, world.heard);
  assert.throws(() => world.mux.add({ ...credentials, ufrag: 'third' }, world.heard), RangeError);
  assert.throws(() => second.restart(credentials), RangeError);
  second[Symbol.dispose]();
  world.mux.add(other, world.heard);
});

test('a restart changes the credentials and keeps the address until the peer moves', async () => {
  await using world = await MuxWorld.open();
  const next = { ufrag: 'next', password: 'the+next+password/of+length' };
  const client = await world.connected();
  const moved = await world.client('203.0.113.1');

  world.peer.restart(next);
  client.send(rtp);
  moved.send(printCheck(next, 'theirs', { useCandidate: true }));
  world.clock.advance(1);
  assert.deepEqual(plainAddress(world.peer.remote), client.local);
  world.peer.expect('theirs2');
  moved.send(printCheck(next, 'theirs2', { useCandidate: true }));
  world.clock.advance(1);

  assert.deepEqual(plainAddress(world.peer.remote), moved.local);
  assert.deepEqual(world.heard.words, ['rtp 12']);
});

test('a disposed peer is forgotten, and its ufrag and address are free', async () => {
  await using world = await MuxWorld.open();
  const client = await world.connected();

  world.peer.restart({ ufrag: 'next', password: 'the+next+password/of+length' });
  world.peer[Symbol.dispose]();
  world.peer[Symbol.dispose]();
  client.send(rtp, printCheck(credentials, 'theirs'));
  world.peer.send(Buffer.from(rtp));
  world.clock.advance(1);

  assert.deepEqual(world.heard.words, []);
  assert.deepEqual(client.datagrams, []);
  assert.deepEqual([world.mux.peers, world.mux.addresses], [0, 0]);
  world.mux.add(credentials, world.heard);
});
