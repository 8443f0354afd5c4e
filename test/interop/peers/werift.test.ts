import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';
import { WeriftPeer, type Returned } from '../support/werift-peer.ts';

let server: MirrorServer;

before(async () => {
  server = await MirrorServer.open();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

/** All that was sent from the first packet that came back on, in order, numbered and timed without a gap. */
function assertWhole(sent: readonly Buffer[], returned: readonly Returned[], ticks: number): void {
  const first = sent.findIndex((payload) => returned[0]?.payload.equals(payload));
  assert.notEqual(first, -1);
  for (const [index, { payload, sequenceNumber, timestamp }] of returned.entries()) {
    const before = returned[index - 1];
    assert.deepEqual(payload, sent[first + index]);
    if (before === undefined) continue;
    assert.equal((sequenceNumber - before.sequenceNumber) & 0xffff, 1);
    assert.equal((timestamp - before.timestamp) >>> 0, ticks);
  }
}

async function assertEchoes(peer: WeriftPeer): Promise<void> {
  await eventually('connected', 10_000, () => peer.state === 'connected');
  await eventually('the channel is open', 10_000, () => peer.isChannelOpen);
  peer.play('audio');
  peer.play('video');
  const large = Buffer.alloc(256 * 1024, 7);
  peer.say('hello');
  peer.say(large);

  const { audio, video } = peer.returned;
  await eventually('media is back', 15_000, () => audio.length > 100 && video.length > 60);
  await eventually('messages are back', 15_000, () => peer.messages.length === 2);

  assertWhole(peer.sent.audio, [...audio], 960);
  assertWhole(peer.sent.video, [...video], 3000);
  assert.equal(peer.messages[0], 'hello');
  assert.ok(Buffer.isBuffer(peer.messages[1]) && large.equals(peer.messages[1]));
}

test('werift offers, and gets its packets and messages back as they were', async () => {
  await using peer = await WeriftPeer.open();
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));

  await assertEchoes(peer);
});

test('werift answers, and gets its packets and messages back as they were', async () => {
  await using peer = await WeriftPeer.open();
  await using mirror = server.mirror();
  await mirror.accept(await peer.answer(await mirror.offer(['audio', 'video', 'data'])));

  await assertEchoes(peer);
});
