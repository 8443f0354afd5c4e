import { test } from 'node:test';
import { HostilePeer } from '../../support/hostile/hostile-peer.ts';
import { sizesOf } from '../../support/sizes.ts';
import { world } from '../hostile/attacks.ts';
import { report } from '../hostile/figures.ts';
import { ProbedBroker } from '../hostile/probed-broker.ts';
import { Endurance } from './endurance.ts';

const { sessions } = sizesOf(process.env);

/** Until the code has been compiled and every buffer that is kept has been made. */
const warmUp = 300;
const together = 8;

test(`SOAK-01 ${sessions} sessions created and destroyed leave nothing`, async (t) => {
  await using broker = await ProbedBroker.start();
  const before = await broker.holdings();
  await using peer = await HostilePeer.open(world);
  const round = async (): Promise<void> => broker.destroy((await broker.echo(peer.offer)).sessionId);
  for (let count = 0; count < warmUp; count += 1) await round();
  const endurance = new Endurance(broker, before, sessions);

  await endurance.run(together, round);

  report(t, 'SOAK-01', await endurance.verify());
});
