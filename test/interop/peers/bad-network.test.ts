import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import type { LossyRelay } from '../../support/lossy-relay.ts';
import { ChromiumPeer } from '../support/chromium-peer.ts';
import { eventually } from '../support/eventually.ts';
import { MirrorServer } from '../support/mirror.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

/** In each direction. */
const bad = { lossRatio: 0.05, delayMs: 30, jitterMs: 30 };

const badForSeconds = 12;

/** Nothing at all arrives for so long. */
const burstMs = 300;
const bursts = 3;

/** After a burst, and at any other time. */
const longestFreezeMs = 1000;

/** Sound that was invented to hide what was lost: a tenth is lost on the two ways, and jitter costs some more. */
const mostConcealed = 0.25;

/** Of a tone of 440 Hz. */
const toneToleranceHz = 25;

const skip = whyNoBrowser(process.env);

/** What can be seen and heard at the far end. */
interface FarEnd {
  look(): Promise<{ readonly frames: number; readonly samples: number; readonly concealed: number }>;
  /** The tone of about the last second. */
  toneHz(): Promise<number>;
  /** The longest time without a picture since the last call, in ms. */
  longestFreeze(): Promise<number>;
}

async function burst(relay: LossyRelay): Promise<void> {
  relay.both = { lossRatio: 1 };
  await delay(burstMs);
  relay.both = bad;
}

/** Takes a call that works through bad weather, and then through bursts of loss; picture and sound must stand it. */
async function assertStands(t: TestContext, relay: LossyRelay, peer: FarEnd): Promise<void> {
  relay.both = bad;
  await delay(1000);
  await peer.longestFreeze();
  const start = await peer.look();
  const tones: number[] = [];
  for (let second = 0; second < badForSeconds; second += 1) {
    await delay(1000);
    tones.push(await peer.toneHz());
  }
  const end = await peer.look();
  const freezes = [await peer.longestFreeze()];
  for (let round = 0; round < bursts; round += 1) {
    await burst(relay);
    await peer.longestFreeze();
    await delay(3000);
    freezes.push(await peer.longestFreeze());
  }

  const frames = (end.frames - start.frames) / badForSeconds;
  const concealed = (end.concealed - start.concealed) / (end.samples - start.samples);
  const { toTarget, toPeer } = relay.counts;
  t.diagnostic(`${frames.toFixed(1)} pictures/s, longest freezes ${freezes.map(Math.round).join(', ')} ms`);
  t.diagnostic(`${(100 * concealed).toFixed(1)} % concealed, tones ${tones.map(Math.round).join(', ')} Hz`);
  t.diagnostic(`lost ${toTarget.lost} of ${toTarget.taken} to us, ${toPeer.lost} of ${toPeer.taken} back`);
  assert.ok(toTarget.lost > 0.04 * toTarget.taken && toPeer.lost > 0.04 * toPeer.taken);
  assert.ok(Math.max(...freezes) <= longestFreezeMs);
  assert.ok(frames > 10);
  assert.ok(concealed < mostConcealed);
  assert.ok(tones.every((hertz) => Math.abs(hertz - 440) < toneToleranceHz));
}

test(
  'Chromium over 5 % loss and 30 ms jitter: the picture recovers within 1 s, the tone stays',
  { skip, timeout: 120_000 },
  async (t) => {
    await using server = await MirrorServer.open(5);
    const browser = await startBrowser(process.env);
    try {
      await using peer = await ChromiumPeer.open(browser, { audio: true, video: true });
      await using mirror = server.mirror();
      await peer.accept(await mirror.answer(await peer.offer()));
      await eventually('pictures', 20_000, async () => (await peer.look()).frames > 30);

      await assertStands(t, server.relay, {
        look: () => peer.look(),
        toneHz: async () => (await peer.look()).toneHz,
        longestFreeze: () => peer.longestFreeze(),
      });
    } finally {
      await browser.close();
    }
  },
);

test(
  'wrtc over 5 % loss and 30 ms jitter: the picture recovers within 1 s, the tone stays',
  { timeout: 120_000 },
  async (t) => {
    await using server = await MirrorServer.open(6);
    using peer = new WrtcPeer();
    await using mirror = server.mirror();
    await peer.accept(await mirror.answer(await peer.wholeOffer()));
    await eventually('pictures', 20_000, () => peer.frames > 30);
    peer.hush();

    await assertStands(t, server.relay, {
      look: async () => {
        const [sound] = (await peer.stats('inbound-rtp')).filter(({ kind }) => kind === 'audio');
        const samples = Number(sound?.['totalSamplesReceived']);
        return { frames: peer.frames, samples, concealed: Number(sound?.['concealedSamples']) };
      },
      toneHz: () => {
        const { toneHz } = peer;
        peer.hush();
        return Promise.resolve(toneHz);
      },
      longestFreeze: () => Promise.resolve(peer.longestFreeze()),
    });
  },
);
