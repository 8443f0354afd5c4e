import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { ChromiumPeer, type ChromiumMedia, type ChromiumSight } from '../support/chromium-peer.ts';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 90_000 };
const videoCodecs = ['VP8', 'VP9', 'H264', 'AV1'] as const;
const everything: ChromiumMedia = { audio: true, video: true, channels: [{ label: 'chat' }] };

let browser: Browser;
let server: MirrorServer;

before(async () => {
  if (skip !== false) return;
  browser = await startBrowser(process.env);
  server = await MirrorServer.open();
});

after(async () => {
  if (skip !== false) return;
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** The peer sees its own moving picture and hears its own tone. */
async function seesItself(peer: ChromiumPeer): Promise<ChromiumSight> {
  const { frames } = await peer.look();
  return await eventually('picture and tone are back', 30_000, async () => {
    const sight = await peer.look();
    const isBright = sight.pixel.some((value) => value > 60);
    return sight.frames > frames + 30 && isBright && Math.abs(sight.toneHz - 440) < 12 && sight;
  });
}

for (const codec of videoCodecs) {
  test(`Chromium offers, and gets sound, ${codec} and messages back`, options, async () => {
    await using peer = await ChromiumPeer.open(browser, everything);
    await using mirror = server.mirror({ video: [codec] });
    await peer.accept(await mirror.answer(await peer.offer()));

    const sight = await seesItself(peer);

    assert.equal(sight.videoCodec, `video/${codec.toLowerCase()}`);
    assert.equal(await peer.echoes('chat', 1000), true);
  });

  test(`Chromium answers, and gets sound, ${codec} and messages back`, options, async () => {
    await using peer = await ChromiumPeer.open(browser, everything);
    await using mirror = server.mirror({ video: [codec] });
    await mirror.accept(await peer.answer(await mirror.offer(['audio', 'video', 'data'])));

    const sight = await seesItself(peer);

    assert.equal(sight.videoCodec, `video/${codec.toLowerCase()}`);
    assert.equal(await peer.echoes('chat', 1000), true);
  });
}

test('messages of 256 KiB come back to Chromium on channels of every kind', options, async () => {
  const channels = [
    { label: 'reliable' },
    { label: 'unordered', ordered: false },
    { label: 'retransmits', ordered: false, maxRetransmits: 2 },
    { label: 'lifetime', ordered: true, maxPacketLifeTime: 5000 },
  ];
  await using peer = await ChromiumPeer.open(browser, { channels });
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));

  for (const { label } of channels)
    for (const size of [1, 65_536, 262_144])
      assert.equal(await peer.echoes(label, size), true, `${label} ${size}`);
});

test('Chromium restarts ICE, and nothing is interrupted for good', options, async () => {
  await using peer = await ChromiumPeer.open(browser, everything);
  await using mirror = server.mirror();
  const before = await peer.offer();
  await peer.accept(await mirror.answer(before));
  await seesItself(peer);

  for (let round = 0; round < 2; round += 1) {
    const offer = await peer.offer({ iceRestart: true });
    assert.notEqual(/a=ice-ufrag:(\S+)/.exec(offer)?.[1], /a=ice-ufrag:(\S+)/.exec(before)?.[1]);
    await peer.accept(await mirror.answer(offer));
    await seesItself(peer);
  }

  assert.equal(await peer.echoes('chat', 1000), true);
  assert.equal(mirror.has('closed'), false);
});

test('Chromium follows our restart of ICE, and nothing is interrupted for good', options, async () => {
  await using peer = await ChromiumPeer.open(browser, everything);
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));
  await seesItself(peer);

  for (let round = 0; round < 2; round += 1) {
    const way = await peer.way();
    await mirror.accept(await peer.answer(await mirror.restart()));
    await eventually('a new way', 10_000, async () => (await peer.way()) !== way);
    await seesItself(peer);
  }

  assert.equal(await peer.echoes('chat', 1000), true);
  assert.equal(mirror.has('closed'), false);
});

test('Chromium adds a picture to a call, takes it away, and adds another', options, async () => {
  await using peer = await ChromiumPeer.open(browser, { audio: true, channels: [{ label: 'chat' }] });
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));
  await eventually('the tone', 20_000, async () => Math.abs((await peer.look()).toneHz - 440) < 12);

  for (const mid of ['2', '3']) {
    await peer.addVideo();
    await peer.accept(await mirror.answer(await peer.offer()));
    await seesItself(peer);

    await peer.stop(mid);
    await peer.accept(await mirror.answer(await peer.offer()));
    await eventually('no more pictures', 5000, async () => (await peer.look()).frames === 0);
    assert.ok(Math.abs((await peer.look()).toneHz - 440) < 12);
  }

  assert.equal(await peer.echoes('chat', 1000), true);
  assert.equal(mirror.has('closed'), false);
});

test('a page that closes its connection is known to have gone', options, async () => {
  await using peer = await ChromiumPeer.open(browser, everything);
  await using mirror = server.mirror();
  await peer.accept(await mirror.answer(await peer.offer()));
  await eventually('connected', 10_000, () => mirror.has('connected'));

  await peer.close();

  await eventually('closed', 5000, () => mirror.has('closed'));
});
