import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { CallEngine } from '../support/call-engine.ts';
import { ChromiumPeer, type ChromiumMedia } from '../support/chromium-peer.ts';
import { eventually } from '../support/eventually.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };
const everything: ChromiumMedia = { audio: true, video: true, channels: [{ label: 'chat' }] };

let browser: Browser;

before(async () => {
  if (skip === false) browser = await startBrowser(process.env);
});

after(async () => {
  if (skip === false) await browser.close();
});

async function seesAndHears(peer: ChromiumPeer): Promise<string> {
  const { frames } = await peer.look();
  const sight = await eventually('picture and tone of the other side', 40_000, async () => {
    const seen = await peer.look();
    const isBright = seen.pixel.some((value) => value > 60);
    return seen.frames > frames + 20 && isBright && Math.abs(seen.toneHz - 440) < 12 && seen;
  });
  return sight.videoCodec;
}

test('two pages call each other, see and hear each other, and either may hang up', options, async () => {
  await using engine = await CallEngine.open();
  await using alice = await ChromiumPeer.open(browser, everything);
  await using bob = await ChromiumPeer.open(browser, everything);
  const [caller, callee] = await engine.call(alice, bob, await alice.offer());

  const codecs = await Promise.all([seesAndHears(alice), seesAndHears(bob)]);
  callee.ask({ request: 'hangup' });
  await Promise.all([caller.hungUp(), callee.hungUp()]);

  assert.deepEqual(codecs, ['video/vp8', 'video/vp8']);
  await eventually('all is released', 10_000, () => engine.counts.streams === 0);
});

for (const [name, isOpener] of [
  ['the page that calls', true],
  ['the page that is called', false],
] as const)
  test(`a channel of ${name} is told to the other page, and 64 KiB come back on it`, options, async () => {
    await using engine = await CallEngine.open();
    const channels = [{ label: 'JanusDataChannel', ordered: false, maxRetransmits: 2 }];
    const own = [{ label: 'first' }];
    await using alice = await ChromiumPeer.open(browser, {
      audio: true,
      channels: isOpener ? channels : own,
    });
    await using bob = await ChromiumPeer.open(browser, { audio: true, channels: isOpener ? [] : channels });
    await engine.call(alice, bob, await alice.offer());
    const [opener, other] = isOpener ? [alice, bob] : [bob, alice];

    const opened = await eventually('ondatachannel', 20_000, async () => {
      const seen = await other.opened();
      return seen.length > 0 && seen;
    });
    const small = await opener.echoes('JanusDataChannel', 10);
    const large = await opener.echoes('JanusDataChannel', 65_536);

    assert.deepEqual(opened, channels);
    assert.deepEqual([small, large], [true, true]);
  });
