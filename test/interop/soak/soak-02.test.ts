import { test } from 'node:test';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { sizesOf } from '../../support/sizes.ts';
import { world } from '../hostile/attacks.ts';
import { report } from '../hostile/figures.ts';
import { ProbedBroker } from '../hostile/probed-broker.ts';
import { Endurance } from './endurance.ts';
import { stages } from './stages.ts';

const { negotiations } = sizesOf(process.env);

/** The broker keeps the events of the last thousand sessions that ended; they are there before it begins. */
const kept = 1_100;

/** Whole calls: code that runs for the first time is compiled first. */
const warmUp = 40;
const together = 4;

test(`SOAK-02 ${negotiations} sessions negotiated and aborted at every stage leave nothing`, async (t) => {
  await using broker = await ProbedBroker.start();
  const before = await broker.holdings();
  await using somebody = await HostilePeer.open(world);
  for (let count = 0; count < kept; count += 1)
    await broker.destroy((await broker.echo(somebody.offer)).sessionId);
  const round = async (number: number): Promise<void> => {
    const stage = stages[number % stages.length];
    await using peer = await HostilePeer.open(world);
    try {
      await stage?.reach(broker, peer);
    } catch (cause) {
      throw new Error(`aborted after ${stage?.name ?? 'nothing'}`, { cause });
    }
  };
  for (let count = 0; count < warmUp; count += 1) await round(stages.length * count);
  const endurance = new Endurance(broker, before, negotiations);

  await endurance.run(together, round);

  report(t, 'SOAK-02', await endurance.verify());
});
