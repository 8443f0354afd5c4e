import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import type { WebRtc } from '#janus/webrtc';
import { plansFor } from '../../contract/peer-connection/subject.ts';
import { eventually } from '../support/eventually.ts';
import { WrtcRemote } from '../support/wrtc-remote.ts';
import { callFromWrtc, openWebRtc, OurEnd, plans } from './call.ts';

const patienceMs = 15_000;

function isLite(sdp: string): boolean {
  return parseSdp(sdp).isIceLite;
}

/** Two engines call each other; gives both ends once connected. */
async function call(offerer: WebRtc, answerer: WebRtc): Promise<{ sdps: [string, string]; ends: OurEnd[] }> {
  const [one, other] = [new OurEnd(offerer), new OurEnd(answerer)];
  const offer = await one.connection.offer(plans);
  const answer = await other.connection.answer(offer, plansFor(offer));
  await one.connection.acceptAnswer(answer);
  await eventually('both are connected', patienceMs, () => one.isConnected && other.isConnected);
  return { sdps: [offer, answer], ends: [one, other] };
}

for (const [offering, answering, lite] of [
  ['lite', 'lite', [true, false]],
  ['full', 'lite', [false, true]],
  ['lite', 'full', [true, false]],
  ['full', 'full', [false, false]],
] as const) {
  test(`two engines meet: ${offering} calls ${answering}`, async () => {
    await using offerer = await openWebRtc({ ice: offering });
    await using answerer = await openWebRtc({ ice: answering });

    const { sdps } = await call(offerer, answerer);

    assert.deepEqual(sdps.map(isLite), lite);
  });
}

test('full ICE answers a call of another stack, without its candidates and with them', async () => {
  await using webrtc = await openWebRtc({ ice: 'full' });
  await using ours = new OurEnd(webrtc);
  await using peer = new WrtcRemote();

  await callFromWrtc(ours, peer, (answer) => {
    assert.equal(isLite(answer), false);
    return answer;
  });
});

test('full ICE calls another stack, and nominates', async () => {
  await using webrtc = await openWebRtc({ ice: 'full' });
  await using ours = new OurEnd(webrtc);
  await using peer = new WrtcRemote();

  const offer = await ours.connection.offer(plans);
  await ours.connection.acceptAnswer(await peer.answer(offer));
  await eventually('connected', patienceMs, () => ours.isConnected);

  assert.equal(webrtc.counts.addresses > 0, true);
});
