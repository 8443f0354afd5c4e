import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { audioPacket, lossOf, senderReport } from '../../support/hostile/media-packets.ts';
import { streams } from '../../support/hostile/hostile-offer.ts';
import { HostileScene } from '../../support/hostile/hostile-scene.ts';
import { Stranger } from '../../support/hostile/stranger.ts';
import { eventually } from '../support/eventually.ts';

const world = { sockets: new UdpSocketFactory(systemClock), clock: systemClock, random: systemRandom };

/** Packets recorded, and then replayed from each of three addresses. */
const recorded = 300;

/** The same of RTCP, of which a peer may send less. */
const reports = 100;

async function connected(profile: 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80'): Promise<HostileScene> {
  const scene = await HostileScene.open(world, { profile });
  scene.peer.start();
  await eventually('both are connected', 5000, () => scene.has('connected') && scene.peer.isConnected);
  return scene;
}

/** Sends `datagrams` a few at a time, so that no buffer of the system overflows. */
async function sendAll(datagrams: readonly Buffer[], send: (datagram: Buffer) => void): Promise<void> {
  for (const [at, datagram] of datagrams.entries()) {
    send(datagram);
    if (at % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Replays from the peer's address, another port of it, and another address; then one honest packet as the end. */
async function replay(scene: HostileScene, datagrams: readonly Buffer[], next: number): Promise<void> {
  const { peer, delivered } = scene;
  const { server } = peer;
  await using otherPort = await Stranger.open(world.sockets, '127.0.0.1', server);
  await using elsewhere = await Stranger.open(world.sockets, '127.0.0.2', server);
  const before = delivered.counts;

  await sendAll(datagrams, (datagram) => peer.send(datagram));
  await sendAll(datagrams, (datagram) => otherPort.send(datagram));
  await sendAll(datagrams, (datagram) => elsewhere.send(datagram));
  peer.send(peer.sealRtp(audioPacket(next)));

  await eventually('the honest packet after them', 5000, () => delivered.packets > before.packets);
  assert.deepEqual(delivered.counts, { ...before, packets: before.packets + 1 });
  assert.equal(otherPort.bytesReceived + elsewhere.bytesReceived, 0);
}

for (const profile of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const) {
  test(`SEC-08 replayed SRTP reaches no sink, from whatever address: ${profile}`, async () => {
    await using scene = await connected(profile);
    const { peer, delivered } = scene;
    const datagrams = Array.from({ length: recorded }, (_, at) => peer.sealRtp(audioPacket(at)));
    await sendAll(datagrams, (datagram) => peer.send(datagram));
    await eventually('all are delivered', 5000, () => delivered.packets === recorded);

    await replay(scene, datagrams, recorded);

    const { replayed, unauthentic } = scene.connection.stats().refused;
    assert.equal(replayed + unauthentic, recorded);
  });

  test(`SEC-08 replayed SRTCP reaches no sink, from whatever address: ${profile}`, async () => {
    await using scene = await connected(profile);
    const { peer, delivered, connection } = scene;
    peer.send(peer.sealRtp(audioPacket(0)));
    await eventually('the stream is known', 5000, () => delivered.packets === 1);
    const media = connection.sender(streams.video.mid).parameters.ssrc;
    const packets = Array.from({ length: reports }, (_, at) =>
      at % 2 ? lossOf(media, at) : senderReport(at),
    );
    const datagrams = packets.map((packet) => peer.sealRtcp(packet));
    await sendAll(datagrams, (datagram) => peer.send(datagram));
    await eventually('all are delivered', 5000, () => delivered.reports + delivered.feedback === reports);

    await replay(scene, datagrams, 1);

    assert.equal(connection.stats().refused.replayed, reports);
  });

  test(`SEC-08 packets of a turn of the sequence number before this one reach no sink: ${profile}`, async () => {
    await using scene = await connected(profile);
    const { peer, delivered } = scene;
    const around = (start: number): number[] => Array.from({ length: 100 }, (_, at) => start + at);
    // Larger steps would be taken for a restart of the stream (RFC 3550 appendix A.1).
    const steps = Array.from({ length: 25 }, (_, at) => 65_700 + 2_700 * at);
    const counters = [...around(65_400), ...around(65_500), ...around(65_600), ...steps, ...around(130_950)];
    const datagrams = counters.map((counter) => peer.sealRtp(audioPacket(counter)));
    await sendAll(datagrams, (datagram) => peer.send(datagram));
    await eventually('all are delivered', 5000, () => delivered.packets === counters.length);

    await replay(scene, datagrams, 131_050);

    const { replayed, unauthentic } = scene.connection.stats().refused;
    assert.equal(replayed + unauthentic, counters.length);
  });
}
