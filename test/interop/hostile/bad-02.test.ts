import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { NegotiationError, offeredStreams, parseSdp } from '#janus/media';
import { srtpContexts } from '#janus/srtp';
import { WebRtc } from '#janus/webrtc';
import { Scope } from '#services/kernel';
import { allCodecs, mirrorStreams } from '../../../backend-janus/plugins/shared/mirror-streams.ts';
import { bombs } from '../../fixtures/sdp/bombs.ts';
import { readFixture } from '../../fixtures/sdp/read-fixture.ts';
import { below, oneOf } from '../../support/hostile/malformed/byte-mutator.ts';
import { mutatedSdp, repeatedLines } from '../../support/hostile/malformed/malformed-sdp.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { sizesOf } from '../../support/sizes.ts';
import { leastMs } from '../support/least-ms.ts';
import { fieldsOf, textOf, type Fields } from '../support/nats-caller.ts';
import { noConnections } from '../../support/no-connections.ts';
import { world } from './attacks.ts';
import { report, rounded } from './figures.ts';
import { leastStall, mostStallMs } from './least-stall.ts';
import { ProbedBroker } from './probed-broker.ts';

const { descriptions } = sizesOf(process.env);

const mostBombMs = 20;
const together = 4;
const mostGrowthBytes = 50 * 1024 * 1024;

const seeds = [
  'chromium-echo-offer.sdp',
  'chromium-simulcast-offer.sdp',
  'firefox-like-offer.sdp',
  'safari-like-offer.sdp',
  'wrtc-echo-offer.sdp',
  'wrtc-data-offer.sdp',
].map(readFixture);

/** Those that meet the limits of numbers and those that stay below them and are expensive for what they say. */
const allBombs = [
  ...bombs,
  ...seeds.slice(0, 3).flatMap((sdp) => [20_000, 400].flatMap((count) => repeatedLines(sdp, count))),
];

let scope: Scope;
let broker: ProbedBroker;
let webrtc: WebRtc;

before(async () => {
  scope = new Scope();
  broker = scope.own(await ProbedBroker.start());
  const local = { address: '127.0.0.1', port: 0 };
  webrtc = scope.own(await WebRtc.open({ ...world, srtp: srtpContexts }, { local, announcedAddresses: [] }));
});

after(() => scope[Symbol.asyncDispose]());

/** Has a connection of ours answer, as the echo does; resolves with what it threw, if it did. */
async function answer(sdp: string): Promise<unknown> {
  const connection = webrtc.create({ id: 'bad', connectTimeoutMs: 20_000 }, () => undefined);
  try {
    await connection.answer(sdp, mirrorStreams(offeredStreams(parseSdp(sdp)), allCodecs));
    return undefined;
  } catch (cause) {
    return cause;
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

/** Gives it to the broker; an answer is as good as a refusal with a code, and the session of an answer is destroyed. */
async function give(sdp: string): Promise<Fields> {
  const reply = await broker.caller.ask('session.create', { type: 'echo', wait_reply: true, offer: { sdp } });
  const data = fieldsOf(reply['data']);
  if (reply['result'] === 'ok') await broker.destroy(textOf(data, 'session_id'));
  else {
    assert.equal(reply['result'], 'error');
    assert.equal(typeof data['code'], 'number', JSON.stringify(data));
    assert.ok(
      ['invalid_sdp', 'syntax_error', 'missing_field'].includes(textOf(data, 'name')),
      JSON.stringify(data),
    );
  }
  return reply;
}

/** One description changed at random, seldom the beginning of one and the end of another. */
function description(random: SeededRandom): string {
  const sdp = mutatedSdp(random, oneOf(random, seeds));
  if (below(random, 10) > 0) return sdp;
  const other = oneOf(random, seeds);
  return sdp.slice(0, below(random, sdp.length)) + other.slice(below(random, other.length));
}

test(`BAD-02 ${descriptions} mutated descriptions are answered or refused as what they are`, async (t) => {
  const random = new SeededRandom(2);
  const times: { readonly sdp: string; readonly ms: number }[] = [];
  let refused = 0;
  for (let count = 0; count < descriptions; count += 1) {
    const sdp = description(random);
    const startedAt = performance.now();
    const cause = await answer(sdp);
    times.push({ sdp, ms: performance.now() - startedAt });
    if (cause === undefined) continue;
    assert.ok(
      cause instanceof NegotiationError,
      cause instanceof Error ? `${cause.stack ?? ''}\n${sdp}` : sdp,
    );
    refused += 1;
  }
  const slowest = times.toSorted((a, b) => b.ms - a.ms).slice(0, 20);
  const again: number[] = [];
  for (const { sdp } of slowest) again.push(await leastMs(() => answer(sdp)));

  assert.deepEqual(webrtc.counts, noConnections);
  assert.ok(refused > descriptions / 10 && refused < descriptions, `${refused} refused`);
  report(t, 'BAD-02', { descriptions, refused, slowest_ms: rounded(Math.max(...again)) });
  assert.ok(Math.max(...again) <= mostBombMs, `${Math.max(...again)} ms`);
});

/** Gives all of them to the broker, a few at a time, and says how many it refused. */
async function giveAll(all: readonly string[]): Promise<number> {
  let next = 0;
  let refused = 0;
  const worker = async (): Promise<void> => {
    for (let sdp = all[next++]; sdp !== undefined; sdp = all[next++])
      if ((await give(sdp))['result'] === 'error') refused += 1;
  };
  await Promise.all(Array.from({ length: together }, worker));
  return refused;
}

/** So that the heap has the size that calls give it: V8 makes its young memory small when there are none. */
async function giveHonestOnes(random: SeededRandom): Promise<void> {
  await giveAll(Array.from({ length: 500 }, () => oneOf(random, seeds)));
}

test(`BAD-02 ${descriptions} mutated descriptions in commands are answered with a description or a code`, async (t) => {
  const random = new SeededRandom(3);
  await giveHonestOnes(random);
  await giveAll(Array.from({ length: descriptions / 10 }, () => description(random)));
  const resident = (await broker.holdings()).rss;
  const all = Array.from({ length: descriptions }, () => description(random));
  const startedAt = performance.now();
  let refused = 0;

  const stall_ms = await leastStall(broker, async () => {
    refused = await giveAll(all);
  });

  const took = performance.now() - startedAt;
  const grown = (await broker.holdings()).rss - resident;
  broker.assertSound();
  assert.deepEqual(await broker.alive(), {});
  const seconds = rounded(took / 1000);
  report(t, 'BAD-02', { descriptions, refused, seconds, stall_ms, grown_mib: rounded(grown / 2 ** 20) });
  assert.ok(refused > descriptions / 10 && refused < descriptions, `${refused} refused`);
  assert.ok(stall_ms <= mostStallMs, `the event loop stood still for ${stall_ms} ms`);
  assert.ok(grown <= mostGrowthBytes, `${grown} bytes more`);
});

/** Bytes that stay resident: what a collection frees goes back to the system a little later, by another thread. */
async function leastResident(): Promise<number> {
  let least = Infinity;
  for (let reading = 0; reading < 5; reading += 1) {
    least = Math.min(least, (await broker.holdings()).rss);
    await delay(300);
  }
  return least;
}

test(`BAD-02 each of ${allBombs.length} bombs is refused or answered within ${mostBombMs} ms`, async (t) => {
  let worst = { name: '', ms: 0 };
  for (const { name, sdp } of allBombs) {
    const cause = await answer(sdp);
    assert.ok(
      cause === undefined || cause instanceof NegotiationError,
      `${name}: ${cause instanceof Error ? cause.message : 'no error'}`,
    );
    const ms = await leastMs(() => answer(sdp));
    if (ms > worst.ms) worst = { name, ms };
    assert.ok(ms <= mostBombMs, `${name}: ${ms.toFixed(1)} ms`);
  }
  report(t, 'BAD-02', { bombs: allBombs.length, slowest_ms: rounded(worst.ms), slowest: worst.name });
});

test('BAD-02 four times as many lines of any kind cost no more than six times the time and 2 ms', async () => {
  for (const sdp of seeds.slice(0, 3)) {
    const more = repeatedLines(sdp, 400);
    for (const [at, few] of repeatedLines(sdp, 100).entries()) {
      const many = more[at]?.sdp ?? '';
      const cost = await leastMs(() => answer(few.sdp));

      const took = await leastMs(() => answer(many));

      assert.ok(
        took <= 6 * cost + 2,
        `${few.name}: ${cost.toFixed(2)} ms, and four times as many ${took.toFixed(2)} ms`,
      );
    }
  }
});

test('BAD-02 bombs in commands are refused with a code, and memory does not grow', async (t) => {
  const small = allBombs.filter(({ sdp }) => sdp.length < 1_000_000);
  await giveHonestOnes(new SeededRandom(4));
  const resident = (await broker.holdings()).rss;

  const stall_ms = await leastStall(broker, async () => {
    await giveAll(small.map(({ sdp }) => sdp));
  });

  const grown = (await leastResident()) - resident;
  broker.assertSound();
  report(t, 'BAD-02', { bombs: small.length, stall_ms, grown_mib: rounded(grown / 2 ** 20) });
  assert.ok(stall_ms <= mostStallMs, `the event loop stood still for ${stall_ms} ms`);
  assert.ok(grown <= mostGrowthBytes, `${grown} bytes more`);
});
