import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { EchoHouse } from './echo-house.ts';

/** More than one, so that what one costs can be told from what the process costs at rest. */
const peers = 10;

/** Of one core, above what the process takes at rest. */
const mostShare = 0.01;

/** How long it is watched at rest. */
const restMs = 4000;

/** What the broker takes of a core, from now until `isOver`. */
async function shareUntil(house: EchoHouse, isOver: Promise<unknown>): Promise<number> {
  const before = { cpu: await house.cpuMs(), at: performance.now() };
  await isOver;
  return ((await house.cpuMs()) - before.cpu) / (performance.now() - before.at);
}

test('FLT-06 an unreachable peer is ended within 20 s and freed 2 s later, and costs 1 % of a core meanwhile', async (t) => {
  await using house = await EchoHouse.open();
  const atRest = await shareUntil(house, delay(restMs));
  using peer = new WrtcPeer();
  const offer = await peer.wholeOffer();
  const ids: string[] = [];
  for (let left = peers; left > 0; left -= 1) ids.push((await house.echo(offer)).id);
  const answeredAt = performance.now();
  await delay(1000);
  const ended = Promise.all(ids.map((id) => house.event(id, 'destroyed', 21_000)));

  const meanwhile = await shareUntil(house, ended);

  const endedMs = performance.now() - answeredAt;
  const ends = await ended;
  const share = meanwhile - atRest;
  const percent = [atRest, meanwhile].map((part) => `${(100 * part).toFixed(2)} %`).join(' at rest, ');
  t.diagnostic(`ended after ${(endedMs / 1000).toFixed(2)} s; ${percent} with ${peers}`);
  assert.deepEqual(new Set(ends.map(({ body }) => body['name'])), new Set(['ice_timeout']));
  assert.ok(endedMs < 20_000 + 500, `${endedMs} ms, 500 of which for a busy machine`);
  assert.ok(share <= mostShare, `${share} of a core`);
  await eventually('nothing of them is left', 2000, async () => (await house.sessions()) === 0);
});
