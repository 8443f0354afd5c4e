import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerConnection } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc, type WebRtcOptions } from '#janus/webrtc';
import { audio, data, video } from '../../fixtures/sdp/answering.ts';
import { readFixture } from '../../fixtures/sdp/read-fixture.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { hostileCandidates, plausibleCandidates } from '../../support/hostile-candidates.ts';
import { RecordingSockets } from '../../support/recording-sockets.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualNetwork } from '../../support/virtual-network.ts';

const offer = readFixture('wrtc-echo-offer.sdp').replace(/a=candidate:.*\r\n/g, '');

/** Engines with an address of the Internet in each family, and everything that they sent. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly sockets = new RecordingSockets(new VirtualNetwork(this.clock));
  readonly #engines: WebRtc[] = [];

  async open(options: Partial<WebRtcOptions>): Promise<PeerConnection> {
    const { clock, sockets } = this;
    const webrtc = await WebRtc.open(
      { clock, random: new SeededRandom(), sockets, srtp: srtpContexts },
      {
        local: { address: '198.51.100.9', port: 10_000 },
        secondAddress: '2001:db8::9',
        announcedAddresses: [],
        ...options,
      },
    );
    this.#engines.push(webrtc);
    return this.again();
  }

  /** One more connection of the engine that was opened last. */
  again(): PeerConnection {
    const webrtc = this.#engines.at(-1);
    assert.ok(webrtc);
    return webrtc.create({ id: 'one', connectTimeoutMs: 60_000 }, () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const engine of this.#engines) await engine[Symbol.asyncDispose]();
  }
}

/** The offer with these candidates in its first m-line. */
function offering(candidates: readonly string[]): string {
  const lines = candidates.map((candidate) => `a=${candidate}\r\n`).join('');
  return offer.replace(/a=mid:0\r\n/, (mid) => mid + lines);
}

function trickle(connection: PeerConnection, candidates: readonly string[]): void {
  for (const candidate of candidates) connection.addCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
}

for (const ice of ['lite', 'full'] as const) {
  test(`SEC-17: hostile candidates, offered or trickled, are never contacted (ICE ${ice})`, async () => {
    await using world = new World();
    const connection = await world.open({ ice });

    await connection.answer(offering(hostileCandidates), [audio, video, data]);
    trickle(connection, hostileCandidates);
    world.clock.advance(30_000);

    assert.deepEqual(world.sockets.destinations, []);
  });
}

test('SEC-17: ICE-lite contacts nobody, however many candidates there are', async () => {
  await using world = new World();
  const connection = await world.open({});

  await connection.answer(offering(plausibleCandidates(64)), [audio, video, data]);
  trickle(connection, plausibleCandidates(5_000));
  world.clock.advance(30_000);

  assert.deepEqual(world.sockets.destinations, []);
});

test('SEC-17: full ICE keeps 64 of thousands, and tries each seven times at most', async () => {
  await using world = new World();
  const connection = await world.open({ ice: 'full' });

  await connection.answer(offering(plausibleCandidates(50)), [audio, video, data]);
  trickle(connection, plausibleCandidates(5_000));
  world.clock.advance(30_000);

  assert.equal(world.sockets.destinations.length, 64);
  assert.ok([...world.sockets.sent.values()].every((count) => count <= 7));
});

test('SEC-17: many hostile peers together make us send no more than a thousand checks per second', async () => {
  await using world = new World();
  const first = await world.open({ ice: 'full' });
  const others = Array.from({ length: 99 }, () => world.again());

  for (const connection of [first, ...others])
    await connection.answer(offering(plausibleCandidates(50)), [audio, video, data]);
  const wanted = 100 * 20;
  world.clock.advance(10_000);
  const sent = [...world.sockets.sent.values()].reduce((sum, count) => sum + count, 0);

  assert.ok(sent >= wanted && sent <= 1_000 + 10 * 1_000, `${sent} checks in ten seconds`);
});
