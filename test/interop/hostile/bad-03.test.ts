import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Scope, systemClock } from '#services/kernel';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { SteadyCall } from '../../support/hostile/steady-call.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { sizesOf } from '../../support/sizes.ts';
import { eventually } from '../support/eventually.ts';
import { attacks, world, type Attack } from './attacks.ts';
import { report, rounded } from './figures.ts';
import { leastStall, mostStallMs } from './least-stall.ts';
import { pour } from './pour.ts';
import { ProbedBroker } from './probed-broker.ts';

const { datagrams } = sizesOf(process.env);

const perSecond = 5_000;

/** Then the peer is another one, since its association may have been broken by what it sent. */
const perPeer = 2_500;

const callPerSecond = 200;
const mostLoss = 0.001;
const mostGrowthBytes = 50 * 1024 * 1024;

let broker: ProbedBroker;
let scope: Scope;
let call: SteadyCall;
let residentBefore = 0;

async function connected(owner: Scope): Promise<HostilePeer> {
  const peer = owner.own(await HostilePeer.open(world));
  const { sessionId, answer } = await broker.echo(peer.offer);
  owner.defer(() => broker.caller.ask('session.destroy', { session_id: sessionId }).then(() => undefined));
  peer.accept(answer);
  peer.start();
  await eventually('the peer is connected', 5000, () => peer.isConnected);
  return peer;
}

/** All datagrams of one kind, with a new peer for each part of them. */
async function carryOut(attack: Attack): Promise<void> {
  const random = new SeededRandom(attack.name.length);
  for (let sent = 0; sent < datagrams; sent += perPeer) {
    await using part = new Scope();
    const shoot = await attack.open(await connected(part), random, part);
    await pour(Math.min(perPeer, datagrams - sent), perSecond, (number) => shoot(sent + number));
  }
}

/** Code that runs for the first time is compiled first, and that is not what is measured. */
async function warmUp(): Promise<void> {
  for (const attack of attacks) {
    await using part = new Scope();
    const shoot = await attack.open(await connected(part), new SeededRandom(99), part);
    await pour(200, perSecond, shoot);
  }
}

before(async () => {
  scope = new Scope();
  broker = scope.own(await ProbedBroker.start());
  call = scope.own(new SteadyCall(await connected(scope), systemClock, callPerSecond));
  await warmUp();
  await delay(500);
  residentBefore = (await broker.holdings()).rss;
});

after(() => scope[Symbol.asyncDispose]());

for (const attack of attacks)
  test(`BAD-03 ${datagrams} × ${attack.name}, beside a call`, async (t) => {
    const { sent, returned } = call;

    const stall_ms = await leastStall(broker, async () => {
      await carryOut(attack);
      await delay(100);
    });

    broker.assertSound();
    report(t, 'BAD-03', {
      stall_ms,
      call_packets: call.sent - sent,
      call_lost: Math.max(0, call.sent - sent - (call.returned - returned)),
    });
    assert.ok(stall_ms <= mostStallMs, `the event loop stood still for ${stall_ms} ms`);
  });

test('BAD-03 the call beside lost next to nothing, memory did not grow, nothing broke', async (t) => {
  call[Symbol.dispose]();
  await delay(300);

  const grown = (await broker.holdings()).rss - residentBefore;
  broker.assertSound();
  report(t, 'BAD-03', {
    call_packets: call.sent,
    call_lost: call.sent - call.returned,
    grown_mib: rounded(grown / 1024 / 1024),
  });
  assert.ok(call.lossRatio <= mostLoss, `${call.sent - call.returned} of ${call.sent} packets lost`);
  assert.ok(grown <= mostGrowthBytes, `${grown} bytes more`);
});
