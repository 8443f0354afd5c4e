import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { forgedDatagrams } from '../../support/hostile/forged-datagrams.ts';
import { HostileScene } from '../../support/hostile/hostile-scene.ts';
import { audioPacket } from '../../support/hostile/media-packets.ts';
import { Stranger } from '../../support/hostile/stranger.ts';
import { eventually } from '../support/eventually.ts';

const world = { sockets: new UdpSocketFactory(systemClock), clock: systemClock, random: systemRandom };

/** A call, somebody at another port of its peer's address, and somebody elsewhere. */
class Attack implements AsyncDisposable {
  readonly scene: HostileScene;
  readonly #strangers: readonly Stranger[];
  #sent = 0;

  private constructor(scene: HostileScene, strangers: readonly Stranger[]) {
    this.scene = scene;
    this.#strangers = strangers;
  }

  static async open(dtlsRole: 'client' | 'server'): Promise<Attack> {
    const scene = await HostileScene.open(world, { dtlsRole });
    const at = (address: string): Promise<Stranger> =>
      Stranger.open(world.sockets, address, scene.peer.server);
    return new Attack(scene, [await at('127.0.0.1'), await at('127.0.0.2')]);
  }

  forge(datagram: Buffer): void {
    for (const stranger of this.#strangers) stranger.send(datagram);
  }

  async connect(): Promise<void> {
    const { scene } = this;
    scene.peer.start();
    await eventually('both are connected', 5000, () => scene.has('connected') && scene.peer.isConnected);
  }

  /** One packet of the peer. */
  sendMedia(): void {
    const { peer } = this.scene;
    peer.send(peer.sealRtp(audioPacket(this.#sent)));
    this.#sent += 1;
  }

  /** The call is as if nobody had been there: all media arrived, nothing was told, nobody was answered. */
  async assertUnaffected(): Promise<void> {
    const { delivered, events } = this.scene;
    await eventually(`${this.#sent} packets`, 5000, () => delivered.packets >= this.#sent);
    assert.equal(delivered.packets, this.#sent);
    assert.equal(delivered.reports + delivered.feedback, 0);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['stream', 'stream', 'connected', 'media'],
    );
    for (const { bytesReceived } of this.#strangers) assert.equal(bytesReceived, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stranger of this.#strangers) await stranger[Symbol.asyncDispose]();
    await this.scene[Symbol.asyncDispose]();
  }
}

async function forgedNames(): Promise<readonly string[]> {
  await using attack = await Attack.open('client');
  return forgedDatagrams(attack.scene.peer).map(({ name }) => name);
}

/** One call of its own for the forged datagram at that place of the list. */
async function disturbHandshake(dtlsRole: 'client' | 'server', at: number, name: string): Promise<void> {
  await using attack = await Attack.open(dtlsRole);
  const { peer } = attack.scene;
  const forged = forgedDatagrams(peer)[at]?.bytes;
  assert.ok(forged, name);
  attack.forge(forged);
  peer.beforeDtls = () => attack.forge(forged);
  try {
    await attack.connect();
    for (let count = 0; count < 10; count += 1) attack.sendMedia();
    await attack.assertUnaffected();
  } catch (cause) {
    throw new Error(`after ${name}`, { cause });
  }
}

/** Handshakes at a time, each on a port of its own. */
const together = 8;

const roles = ['client', 'server'] as const;

for (const dtlsRole of roles) {
  test(`SEC-05 forged datagrams before the handshake, peer is DTLS ${dtlsRole}: the call is unaffected`, async () => {
    await using attack = await Attack.open(dtlsRole);
    for (const [at, { bytes }] of forgedDatagrams(attack.scene.peer).entries()) {
      attack.forge(bytes);
      if (at % 20 === 19) await delay(2);
    }

    await attack.connect();
    for (let count = 0; count < 100; count += 1) attack.sendMedia();

    await attack.assertUnaffected();
  });

  test(`SEC-05 forged datagrams after the handshake, peer is DTLS ${dtlsRole}: the call is unaffected`, async () => {
    await using attack = await Attack.open(dtlsRole);
    await attack.connect();

    for (const [at, { bytes }] of forgedDatagrams(attack.scene.peer).entries()) {
      attack.sendMedia();
      attack.forge(bytes);
      if (at % 20 === 19) await delay(2);
    }
    attack.sendMedia();

    await attack.assertUnaffected();
  });

  test(`SEC-05 a forged datagram before each flight of the handshake, peer is DTLS ${dtlsRole}`, async (t) => {
    const names = await forgedNames();
    const startedAt = performance.now();
    for (let at = 0; at < names.length; at += together)
      await Promise.all(
        names.slice(at, at + together).map((name, offset) => disturbHandshake(dtlsRole, at + offset, name)),
      );
    t.diagnostic(`${names.length} handshakes in ${Math.round(performance.now() - startedAt)} ms`);
  });
}
