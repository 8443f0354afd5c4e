import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseSdp } from '#janus/media';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

let server: MirrorServer;

before(async () => {
  server = await MirrorServer.open();
});

after(async () => {
  await server[Symbol.asyncDispose]();
});

async function assertEchoes(peer: WrtcPeer, codec: string): Promise<void> {
  const { frames } = peer;
  peer.hush();
  await eventually('pictures, none black', 15_000, () => peer.frames > frames + 30 && peer.brightness > 20);
  await eventually('a tone', 10_000, () => peer.loudness > 1000);
  const [stream] = await peer.stats('inbound-rtp').then((all) => all.filter(({ kind }) => kind === 'video'));
  const codecs = await peer.stats('codec');
  const used = codecs.find(({ id }) => id === stream?.['codecId']);
  assert.equal(used?.['mimeType'], `video/${codec}`);
}

async function assertAnswersMessages(peer: WrtcPeer): Promise<void> {
  await eventually('the channel is open', 10_000, () => peer.isChannelOpen);
  const { length } = peer.messages;
  peer.say('hello');
  await eventually('the message is back', 10_000, () => peer.messages.length > length);
  assert.equal(peer.messages.at(-1), 'hello');
}

/** The pair of candidates that it sends on. */
async function wayOf(peer: WrtcPeer): Promise<unknown> {
  const [transport] = await peer.stats('transport');
  assert.equal(typeof transport?.['selectedCandidatePairId'], 'string');
  return transport?.['selectedCandidatePairId'];
}

for (const codec of ['VP8', 'VP9']) {
  test(`wrtc offers, and gets sound, ${codec} and messages back`, async () => {
    using peer = new WrtcPeer();
    await using mirror = server.mirror({ video: [codec] });
    await peer.accept(await mirror.answer(await peer.wholeOffer()));

    await assertEchoes(peer, codec);
    await assertAnswersMessages(peer);
  });

  test(`wrtc answers, and gets sound, ${codec} and messages back`, async () => {
    using peer = new WrtcPeer();
    await using mirror = server.mirror({ video: [codec] });
    await mirror.accept(await peer.answer(await mirror.offer(['audio', 'video', 'data'])));

    await assertEchoes(peer, codec);
    await assertAnswersMessages(peer);
  });
}

test('wrtc restarts ICE, and pictures, sound and messages go on', async () => {
  using peer = new WrtcPeer();
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await assertEchoes(peer, 'VP8');

  for (let round = 0; round < 2; round += 1) {
    await peer.accept(await mirror.answer(await peer.wholeOffer({ iceRestart: true })));
    await assertEchoes(peer, 'VP8');
  }

  await assertAnswersMessages(peer);
  assert.equal(mirror.has('closed'), false);
});

test('wrtc follows our restart of ICE to a new way, and pictures, sound and messages go on', async () => {
  using peer = new WrtcPeer();
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await assertEchoes(peer, 'VP8');

  for (let round = 0; round < 2; round += 1) {
    const way = await wayOf(peer);
    await mirror.accept(await peer.answer(await mirror.restart()));
    await eventually('a new way', 10_000, async () => (await wayOf(peer)) !== way);
    await assertEchoes(peer, 'VP8');
  }

  await assertAnswersMessages(peer);
  assert.equal(mirror.has('closed'), false);
});

test('wrtc takes its picture from a call and adds another, and sound goes on', async () => {
  using peer = new WrtcPeer();
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await assertEchoes(peer, 'VP8');

  peer.stop('1');
  const answer = await mirror.answer(await peer.wholeOffer());
  await peer.accept(answer);
  peer.hush();
  await eventually('a tone without a picture', 10_000, () => peer.loudness > 1000);
  assert.deepEqual(
    parseSdp(answer).media.map(({ kind, isRejected }) => [kind, isRejected]),
    [
      ['audio', false],
      ['video', true],
      ['data', false],
    ],
  );
  assert.ok(mirror.has('stream_ended'));

  peer.addVideo();
  await peer.accept(await mirror.answer(await peer.wholeOffer()));
  await assertEchoes(peer, 'VP8');

  await assertAnswersMessages(peer);
  assert.equal(mirror.has('closed'), false);
});
