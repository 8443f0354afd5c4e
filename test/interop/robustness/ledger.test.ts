import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { offeredStreams, parseSdp, type PeerConnection } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { systemClock, systemRandom, UdpSocketFactory } from '#services/kernel';
import { allCodecs, mirrorStreams } from '../../../backend-janus/plugins/shared/mirror-streams.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';
import { CountingClock } from './counting-clock.ts';
import { noConnections } from '../../support/no-connections.ts';

const rounds = 1000;

/** How many are on their way at a time. */
const together = 8;

/** An offer of audio, video and data, as its maker will never use it. */
async function realOffer(): Promise<string> {
  using peer = new WrtcPeer();
  return await peer.wholeOffer();
}

async function sessionsShown(broker: BrokerProcess): Promise<unknown> {
  const state = await fetch(`http://127.0.0.1:${broker.ports['http'] ?? 0}/console/state.json`);
  return fieldsOf(await state.json())['sessions'];
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function residentMiB(pid: number): Promise<number> {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

/** Runs `act` `count` times, a few at a time. */
async function repeat(count: number, act: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
}

test(`${rounds} sessions created and destroyed leave nothing in the process`, async (t) => {
  await using broker = await BrokerProcess.start({ BIFRONS_LOG_LEVEL: 'warn' });
  await using caller = await NatsCaller.connect(broker.ports['nats'] ?? 0);
  const { pid = 0 } = broker;
  const offer = { sdp: await realOffer() };
  const createAndDestroy = async (): Promise<void> => {
    const reply = await caller.command('session.create', { type: 'echo', wait_reply: true, offer });
    await caller.command('session.destroy', { session_id: textOf(reply, 'session_id') });
  };
  await repeat(2 * together, createAndDestroy);
  // Its first request keeps a connection of this process open.
  await sessionsShown(broker);
  const before = { files: await openFiles(pid), memory: await residentMiB(pid) };

  const startedAt = performance.now();
  await repeat(rounds, createAndDestroy);

  const took = performance.now() - startedAt;
  assert.deepEqual(await caller.ask('session.get_list', {}), { result: 'ok', data: [] });
  assert.equal(await sessionsShown(broker), 0);
  await eventually('its files are those of before', 5000, async () => {
    return Math.abs((await openFiles(pid)) - before.files) <= 2;
  });
  const grown = (await residentMiB(pid)) - before.memory;
  t.diagnostic(`${(took / rounds).toFixed(1)} ms each; ${grown.toFixed(0)} MiB more resident`);
  assert.deepEqual(broker.log, [], 'nothing to warn of');
});

/** Timers of this process, whoever set them. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

const nothing = { ...noConnections, pending: 0 };

/** The WebRTC stack on a real UDP socket, and everything that it may leave behind. */
class Ground implements AsyncDisposable {
  readonly clock: CountingClock;
  readonly webrtc: WebRtc;

  private constructor(clock: CountingClock, webrtc: WebRtc) {
    this.clock = clock;
    this.webrtc = webrtc;
  }

  static async open(): Promise<Ground> {
    const clock = new CountingClock(systemClock);
    const sockets = new UdpSocketFactory(clock);
    const surroundings = { clock, random: systemRandom, sockets, srtp: srtpContexts };
    const local = { address: '127.0.0.1', port: 0 };
    return new Ground(clock, await WebRtc.open(surroundings, { local, announcedAddresses: [] }));
  }

  /** A connection that has answered `offer` with as much as it offers. */
  async answer(offer: string, id: string): Promise<{ connection: PeerConnection; sdp: string }> {
    const connection = this.webrtc.create({ id, connectTimeoutMs: 30_000 }, () => undefined);
    const sdp = await connection.answer(offer, mirrorStreams(offeredStreams(parseSdp(offer)), allCodecs));
    return { connection, sdp };
  }

  /** Everything that is alive, timers by way of the clock included. */
  get left(): object {
    return { ...this.webrtc.counts, pending: this.clock.pending };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.webrtc[Symbol.asyncDispose]();
  }
}

test(`${rounds} connections that answer and are disposed leave no timer and no peer`, async () => {
  const offer = await realOffer();
  await using ground = await Ground.open();
  const before = timers();

  for (let round = 1; round <= rounds; round += 1) {
    const { connection } = await ground.answer(offer, `round ${round}`);
    assert.equal(ground.webrtc.counts.peers, 1);
    await connection[Symbol.asyncDispose]();
  }

  assert.deepEqual(ground.left, nothing);
  assert.equal(timers(), before);
});

test('20 connections with a real peer leave no timer, no peer and no address', async () => {
  await using ground = await Ground.open();
  const before = timers();

  for (let round = 1; round <= 20; round += 1) {
    using peer = new WrtcPeer();
    const { connection, sdp } = await ground.answer(await peer.wholeOffer(), `round ${round}`);
    await peer.accept(sdp);
    await eventually('the peer is connected', 10_000, () => peer.isChannelOpen);
    assert.notEqual(ground.webrtc.counts.addresses, 0);
    await connection[Symbol.asyncDispose]();
  }

  assert.deepEqual(ground.left, nothing);
  assert.ok(timers() <= before);
});
