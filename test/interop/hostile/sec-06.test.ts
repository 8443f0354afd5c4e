import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Scope, systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { strangersHello } from '../../support/hostile/forged-datagrams.ts';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { Stranger } from '../../support/hostile/stranger.ts';
import { eventually } from '../support/eventually.ts';
import { ProbedBroker } from './probed-broker.ts';

const world = { sockets: new UdpSocketFactory(systemClock), clock: systemClock, random: systemRandom };

const hellosPerSecond = 1000;
const setUps = 10;
const mostMs = 3000;

/** Sends hellos of ever new strangers until it is disposed. */
function flood(strangers: readonly Stranger[]): Disposable & { readonly sent: () => number } {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - startedAt) * hellosPerSecond) / 1000; sent += 1)
      strangers[sent % strangers.length]?.send(
        strangersHello((size) => Buffer.from(systemRandom.bytes(size))),
      );
  }, 5);
  return { [Symbol.dispose]: () => clearInterval(timer), sent: () => sent };
}

test('SEC-06 1,000 hellos per second from strangers during set-up: connected within 3 s, 0 bytes to them', async (t) => {
  await using broker = await ProbedBroker.start();
  await using scope = new Scope();
  const server = { address: '127.0.0.1', port: broker.broker.ports['media'] ?? 0 };
  const strangers: Stranger[] = [];
  for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3'])
    strangers.push(scope.own(await Stranger.open(world.sockets, address, server)));
  using attack = flood(strangers);
  await delay(200);

  const took: number[] = [];
  for (let count = 0; count < setUps; count += 1) {
    const peer = scope.own(await HostilePeer.open(world));
    const startedAt = performance.now();
    peer.accept((await broker.echo(peer.offer)).answer);
    peer.start();
    await eventually('the peer is connected', mostMs, () => peer.isConnected);
    took.push(performance.now() - startedAt);
  }

  assert.ok(Math.max(...took) <= mostMs);
  assert.ok(attack.sent() >= 100, 'there was a flood');
  for (const { bytesReceived } of strangers) assert.equal(bytesReceived, 0);
  broker.assertSound();
  t.diagnostic(`${attack.sent()} hellos; the slowest set-up took ${Math.max(...took).toFixed(0)} ms`);
});
