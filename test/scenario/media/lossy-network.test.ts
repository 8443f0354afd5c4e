import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../support/fake-clock.ts';
import { MediaChain, packetsPerFrame } from '../../support/media-chain.ts';

/** The longest time between two pictures. */
function longestFreeze(times: readonly number[]): number {
  return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
}

/** What a description without retransmission streams has. */
function withoutRtx(sdp: string): string {
  const [, rtx = ''] = /^a=rtpmap:(\d+) rtx/m.exec(sdp) ?? [];
  return sdp
    .replace(new RegExp(`^a=(rtpmap|fmtp):${rtx} .*\r\n`, 'gm'), '')
    .replace(/^a=ssrc-group:FID.*\r\n/gm, '')
    .replace(new RegExp(`^(m=video .*) ${rtx}\r$`, 'm'), '$1\r');
}

test('without losses every packet arrives after its way, and nothing is asked for again', async () => {
  const clock = new FakeClock();
  await using chain = await MediaChain.open(clock);

  chain.film(90);
  clock.advance(1000);

  assert.equal(chain.screen.packets, 90 * packetsPerFrame);
  assert.equal(longestFreeze(chain.screen.shown(90)), 33);
  const [stream] = chain.publishing.answerer.media.stats().streams;
  assert.equal(stream?.nacks, 0);
});

for (const [name, options] of [
  ['RTX', {}],
  ['copies under the first number', { hasTransportCc: false, edit: withoutRtx }],
] as const) {
  test(`5 % of losses and 30 ms of jitter on every way are repaired by ${name}`, async () => {
    const clock = new FakeClock();
    await using chain = await MediaChain.open(clock, {}, options);
    chain.film(10);
    Object.assign(chain.weather, { lossRatio: 0.05, jitterMs: 30 });

    chain.film(900);
    clock.advance(1500);

    const times = chain.screen.shown(910);
    assert.ok(chain.screen.packets > 0.998 * 910 * packetsPerFrame, `${chain.screen.packets} packets`);
    assert.ok(times.length > 900, `${times.length} pictures`);
    assert.ok(longestFreeze(times) < 1000, `a freeze of ${longestFreeze(times)} ms`);
    assert.ok(chain.keyframeRequests <= 6, `${chain.keyframeRequests} keyframes`);
    const [received] = chain.publishing.answerer.media.stats().streams;
    assert.ok((received?.nacks ?? 0) > 50);
    assert.equal(received?.retransmissions === 0, name !== 'RTX');
  });
}

test('a loss is asked for although nothing more arrives, and comes within two round trips', async () => {
  const clock = new FakeClock();
  await using chain = await MediaChain.open(clock);
  chain.film(30);

  chain.weather.lossRatio = 1;
  const lost = chain.frames * packetsPerFrame;
  chain.sendPackets(2);
  chain.weather.lossRatio = 0;
  chain.sendPackets(2);
  clock.advance(500);

  const [first = Infinity, second = Infinity, third = 0] = [0, 1, 2].map((index) =>
    chain.screen.arrivalOf(lost + index),
  );
  assert.equal(second, first);
  // A moment to rule out reordering, a way back and a way forth.
  assert.ok(first - third <= 12 + 2 * 20, `${first - third} ms`);
});

test('an outage that no retransmission mends ends in a keyframe within a second', async () => {
  const clock = new FakeClock();
  await using chain = await MediaChain.open(clock);
  chain.film(60);

  chain.weather.lossRatio = 1;
  chain.film(60);
  chain.weather.lossRatio = 0;
  const over = clock.now();
  chain.film(60);
  clock.advance(500);

  const after = chain.screen.shown(180).filter((time) => time > over);
  assert.ok((after[0] ?? Infinity) - over < 1000, `${(after[0] ?? Infinity) - over} ms`);
  assert.ok(after.length > 30);
  assert.ok(chain.keyframeRequests >= 1 && chain.keyframeRequests <= 4, `${chain.keyframeRequests}`);
});
