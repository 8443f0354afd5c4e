import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportAddress } from '#services/kernel';
import { CheckingPeer, printCheck } from '../../../support/checking-peer.ts';
import { candidateOf, credentialsOf, IcePair, type IceEnd } from '../../../support/ice-pair.ts';
import { plainAddress, rtp } from '../../../support/mux-world.ts';

const near = '192.0.2.1';
const far = '198.51.100.1';

/** Both nominated the other's address, or neither did. */
function isConnected(one: IceEnd, other: IceEnd): boolean {
  return one.peer.isNominated && other.peer.isNominated;
}

function exchange(world: IcePair, one: IceEnd, other: IceEnd): string[][] {
  const before = [one.heard.words.length, other.heard.words.length];
  for (const { peer } of [one, other]) {
    peer.send(Buffer.from(rtp));
    peer.flush();
  }
  world.clock.advance(100);
  return [one.heard.words.slice(before[0]), other.heard.words.slice(before[1])];
}

test('a full agent finds a lite one, nominates it, and both send', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];

  lite.peer.expect('full');
  full.peer.seek(lite.described, true);
  world.clock.advance(100);

  assert.equal(isConnected(full, lite), true);
  assert.deepEqual(plainAddress(full.peer.remote), { address: far, port: 10_000 });
  assert.deepEqual(plainAddress(lite.peer.remote), { address: near, port: 10_000 });
  assert.deepEqual(exchange(world, full, lite), [['rtp 12'], ['rtp 12']]);
});

test('two full agents meet, whoever was told its candidates', async () => {
  await using world = new IcePair();
  const [one, other] = [await world.open('first', near), await world.open('other', far)];

  one.peer.seek({ ...other.described, candidates: [] }, true);
  other.peer.seek(one.described, false);
  world.clock.advance(200);

  assert.equal(isConnected(one, other), true);
  assert.deepEqual(exchange(world, one, other), [['rtp 12'], ['rtp 12']]);
});

for (const isControlling of [true, false]) {
  test(`two agents that both think they are ${isControlling ? '' : 'not '}controlling agree`, async () => {
    await using world = new IcePair();
    const [one, other] = [await world.open('first', near), await world.open('other', far)];

    one.peer.seek(other.described, isControlling);
    other.peer.seek(one.described, isControlling);
    world.clock.advance(1_000);

    assert.equal(isConnected(one, other), true);
    assert.deepEqual(exchange(world, one, other), [['rtp 12'], ['rtp 12']]);
  });
}

test('a fifth of the datagrams lost and the rest out of order, it connects all the same', async () => {
  let connected = 0;
  for (let seed = 1; seed <= 50; seed += 1) {
    await using world = new IcePair({ lossRatio: 0.2, delayMs: 30, jitterMs: 30 }, undefined, seed);
    const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
    lite.peer.expect('full');
    full.peer.seek(lite.described, true);
    world.clock.advance(10_000);
    connected += Number(isConnected(full, lite));
  }

  assert.equal(connected, 50);
});

test('candidates that trickle in are checked', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  lite.peer.expect('full');
  full.peer.seek({ ...lite.described, candidates: [] }, true);
  world.clock.advance(1_000);

  full.peer.addCandidate(candidateOf({ address: '203.0.113.9', port: 5_000 }));
  full.peer.addCandidate(candidateOf(lite.mux.local));
  world.clock.advance(1_000);

  assert.equal(isConnected(full, lite), true);
});

test('of two families the better candidate that answers is nominated', async () => {
  await using world = new IcePair();
  const full = await world.open('full', near, '2001:db8::1');
  const lite = await world.open('lite', '2001:db8::2', far);
  lite.peer.expect('full');

  full.peer.seek(lite.described, true);
  world.clock.advance(500);

  assert.equal(full.peer.remote?.address, '2001:db8::2');
  assert.equal(lite.peer.remote?.address, '2001:db8::1');
});

test('a better candidate that does not answer delays the nomination by no more than 200 ms', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  const dead = candidateOf({ address: '203.0.113.9', port: 5_000 });
  const alive = candidateOf(lite.mux.local, 1);
  lite.peer.expect('full');

  full.peer.seek({ ...lite.described, candidates: [dead, alive] }, true);
  world.clock.advance(200);
  assert.equal(isConnected(full, lite), false);
  world.clock.advance(60);

  assert.equal(isConnected(full, lite), true);
});

test('consent is asked for every five seconds, and known to have been given', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  lite.peer.expect('full');
  full.peer.seek(lite.described, true);
  world.clock.advance(1_000);
  const checks = full.peer.checks;

  world.clock.advance(60_000);

  assert.ok(full.peer.checks - checks >= 9 && full.peer.checks - checks <= 15);
  assert.ok(world.clock.now() - (full.peer.lastCheckAt ?? 0) <= 6_000);
  assert.ok(world.clock.now() - (lite.peer.lastCheckAt ?? 0) <= 6_000);
});

test('a restart nominates anew, and what was nominated carries media until then', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  lite.peer.expect('full');
  full.peer.seek(lite.described, true);
  world.clock.advance(1_000);
  const checks = lite.peer.checks;

  full.restart(credentialsOf('full2'));
  lite.restart(credentialsOf('lite2'));
  assert.deepEqual(exchange(world, full, lite), [['rtp 12'], ['rtp 12']]);
  lite.peer.expect('full2');
  full.peer.seek(lite.described, true);
  world.clock.advance(1_000);

  assert.ok(lite.peer.checks >= checks + 2);
  assert.equal(full.mux.drops.unauthentic + lite.mux.drops.unexpected_user, 0);
  assert.deepEqual(exchange(world, full, lite), [['rtp 12'], ['rtp 12']]);
});

test('the same description again, as in a renegotiation, changes nothing', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  lite.peer.expect('full');
  full.peer.seek(lite.described, true);
  world.clock.advance(1_000);
  const checks = lite.peer.checks;

  full.peer.seek(lite.described, true);
  world.clock.advance(1_000);

  assert.equal(lite.peer.checks, checks);
});

test('who controls leaves a pair that answers no more for another that does', async () => {
  await using world = new IcePair();
  const [one, before] = [await world.open('first', near), await world.open('other', far)];
  one.peer.seek(before.described, true);
  before.peer.seek(one.described, false);
  world.clock.advance(1_000);
  await before.mux[Symbol.asyncDispose]();
  const after = await world.open('other', '203.0.113.1');

  after.peer.seek(one.described, false);
  world.clock.advance(20_000);

  assert.equal(one.peer.remote?.address, '203.0.113.1');
  assert.deepEqual(exchange(world, one, after), [['rtp 12'], ['rtp 12']]);
});

test('what is nobody’s answer, or from elsewhere, or signed by another, teaches nothing', async () => {
  await using world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  const impostor = { ...lite.described, password: 'quite+another+password+of/length' };
  lite.peer.expect('full');

  full.peer.seek(impostor, true);
  world.clock.advance(16_000);

  assert.equal(full.peer.remote, undefined);
  assert.equal(lite.mux.drops.unauthentic, 7);
  assert.equal(lite.peer.remote, undefined);
});

test('disposing leaves no timer and no transaction', async () => {
  const world = new IcePair();
  const [full, lite] = [await world.open('full', near), await world.open('lite', far)];
  full.peer.seek(lite.described, true);
  world.clock.advance(10);

  assert.equal(full.mux.asking.transactions.size, 1);
  await world[Symbol.asyncDispose]();

  assert.equal(full.mux.asking.transactions.size, 0);
  assert.deepEqual([world.network.bound, world.clock.pending], [0, 0]);
});

test('after a restart the peer’s checks of before nominate nothing', async () => {
  await using world = new IcePair();
  const full = await world.open('full', near);
  await using before = await CheckingPeer.open(world.network, '203.0.113.1', full.mux.local);
  await using after = await CheckingPeer.open(world.network, '203.0.113.2', full.mux.local);
  const old = full.credentials;
  full.peer.seek({ ...credentialsOf('theirs'), candidates: [] }, false);
  before.send(printCheck(old, 'theirs', { useCandidate: true }));
  world.clock.advance(100);

  full.restart(credentialsOf('restarted'));
  const dead = candidateOf({ address: '203.0.113.9', port: 5_000 });
  const alive = candidateOf(localOf(after), 1);
  full.peer.seek({ ...credentialsOf('anew'), candidates: [dead, alive] }, false);
  before.send(printCheck(old, 'theirs', { useCandidate: true }));
  world.clock.advance(1_000);

  assert.ok(after.answers.length > 0, 'its new candidate is checked');
});

function localOf({ local }: CheckingPeer): TransportAddress {
  assert.ok(local);
  return local;
}
