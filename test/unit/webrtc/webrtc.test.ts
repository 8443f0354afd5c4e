import assert from 'node:assert/strict';
import { test } from 'node:test';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { audio, data, video } from '../../fixtures/sdp/answering.ts';
import { readFixture } from '../../fixtures/sdp/read-fixture.ts';
import { CheckingPeer } from '../../support/checking-peer.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { noConnections } from '../../support/no-connections.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

const offer = readFixture('wrtc-echo-offer.sdp');

test('a connection is counted from its making, its peer from its description, until it is disposed', async () => {
  const clock = new FakeClock();
  const surroundings = {
    clock,
    random: new SeededRandom(),
    sockets: new VirtualNetwork(clock),
    srtp: srtpContexts,
  };
  const local = { address: '192.0.2.9', port: 10_000 };
  await using webrtc = await WebRtc.open(surroundings, { local, announcedAddresses: [] });
  const connection = webrtc.create({ id: 'a', connectTimeoutMs: 30_000 }, () => undefined);
  const made = webrtc.counts;

  await connection.answer(offer, [audio, video, data]);
  const answered = webrtc.counts;
  await connection[Symbol.asyncDispose]();

  assert.deepEqual(made, { ...noConnections, connections: 1 });
  assert.deepEqual(answered, { ...noConnections, connections: 1, peers: 1, holdings: 5 });
  assert.deepEqual(webrtc.counts, noConnections);
  assert.equal(clock.pending, 0);
});

test('with full ICE candidates that cannot be used take no room from those that can', async () => {
  const clock = new FakeClock();
  const network = new VirtualNetwork(clock);
  const surroundings = { clock, random: new SeededRandom(), sockets: network, srtp: srtpContexts };
  const local = { address: '192.0.2.9', port: 10_000 };
  await using webrtc = await WebRtc.open(surroundings, { local, announcedAddresses: [], ice: 'full' });
  await using peer = await CheckingPeer.open(network, '198.51.100.7', webrtc.local);
  const connection = webrtc.create({ id: 'a', connectTimeoutMs: 30_000 }, () => undefined);
  const trickle = (host: string, port: number): void => {
    const candidate = `candidate:1 1 udp 2130706431 ${host} ${port} typ host`;
    connection.addCandidate({ candidate, sdpMLineIndex: 0 });
  };

  await connection.answer(offer, [audio, video, data]);
  for (let count = 0; count < 64; count += 1) trickle(`${count}.local`, 40_000);
  trickle('198.51.100.7', peer.local?.port ?? 0);
  clock.advance(5_000);

  assert.ok(peer.answers.some(({ class: kind }) => kind === 'request'));
});
