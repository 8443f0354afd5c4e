import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { PeerProcess } from '../support/peer-process.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { EchoHouse } from './echo-house.ts';

test('FLT-05 a peer that is killed is told of within 10 s and its session ends within 35 s', async (t) => {
  await using house = await EchoHouse.open();
  await using peer = await PeerProcess.start();
  const { id, answer } = await house.echo(peer.offer);
  peer.accept(answer);
  await eventually('its media comes', 10_000, () => house.hasMedia(id));

  await peer.kill();
  const killedAt = performance.now();
  await house.event(id, 'media_timeout', 10_000);
  const warnedMs = performance.now() - killedAt;
  const { body } = await house.event(id, 'destroyed', 35_000 - warnedMs);
  const endedMs = performance.now() - killedAt;

  t.diagnostic(
    `told of after ${(warnedMs / 1000).toFixed(1)} s, ended after ${(endedMs / 1000).toFixed(1)} s`,
  );
  assert.equal(body['name'], 'media_timeout');
  await eventually('nothing of it is left', 2000, async () => (await house.sessions()) === 0);
});

test('FLT-05 a peer that says goodbye ends its session within 1 s', async (t) => {
  await using house = await EchoHouse.open();
  using peer = new WrtcPeer();
  const { id, answer } = await house.echo(await peer.wholeOffer());
  await peer.accept(answer);
  await eventually('its media comes', 10_000, () => house.hasMedia(id));

  peer[Symbol.dispose]();
  const closedAt = performance.now();
  const { body } = await house.event(id, 'destroyed', 1000);

  t.diagnostic(`ended after ${(performance.now() - closedAt).toFixed(0)} ms`);
  assert.equal(body['name'], 'normal_termination');
});
