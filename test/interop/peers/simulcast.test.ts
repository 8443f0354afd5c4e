import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { ChromiumPeer } from '../support/chromium-peer.ts';
import { callEngine } from '../support/engine-call.ts';
import { eventually } from '../support/eventually.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

/** What the page sends: 1280 pixels, and half of it for each layer below. */
const widths = [320, 640, 1280] as const;

let browser: Browser;

before(async () => {
  if (skip === false) browser = await startBrowser(process.env);
});

after(async () => {
  if (skip === false) await browser.close();
});

test(
  'of three layers that Chromium sends, the one that is asked for comes back, in its size',
  options,
  async () => {
    await using peer = await ChromiumPeer.open(browser, { audio: true, rids: ['h', 'm', 'l'] });
    await using call = await callEngine();
    await peer.accept(await call.answer(await peer.offer()));
    // The highest layer comes as soon as the browser believes that the way carries it.
    await eventually('the highest layer', 40_000, async () => (await peer.look()).width === widths[2]);

    for (const substream of [0, 1, 2, 0, 2, 1] as const) {
      await call.configure({ substream });
      await eventually(
        `layer ${substream}`,
        20_000,
        async () => (await peer.look()).width === widths[substream],
      );
      const { frames } = await peer.look();
      const later = await eventually('more pictures', 10_000, async () => {
        const sight = await peer.look();
        return sight.frames > frames + 20 && sight;
      });
      assert.equal(later.width, widths[substream]);
      assert.equal(later.height, (widths[substream] * 9) / 16);
      assert.ok(Math.abs(later.toneHz - 440) < 12);
    }
  },
);
