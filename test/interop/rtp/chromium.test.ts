import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { Scope } from '#services/kernel';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { toneWindows } from '../../support/tone.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { ChromiumPeer } from '../support/chromium-peer.ts';
import { eventually } from '../support/eventually.ts';
import { NatsCaller } from '../support/nats-caller.ts';
import { PlainPhone, portsIn } from '../support/plain-phone.ts';
import { ffmpegAddress, listen } from './ffmpeg-listener.ts';
import { formatOf, narrowed, openCall, plainSdp } from './plain-call.ts';
import { codecs, recorded } from './rtp-source.ts';
import { ffmpegColour, ffmpegHz, Show, type SceneCodecs } from './show.ts';
import { Stranger, type Noise } from './stranger.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

const strangersAddress = '127.0.0.3';

/** What a page of `ChromiumPeer` sends, and who must not be heard. */
const [pageHz, strangerHz, strangerColour] = [440, 1500, '0x2040c0'];
const [ffmpegRgb, strangerRgb] = [rgbOf(ffmpegColour), rgbOf(strangerColour)];

const pairs: readonly SceneCodecs[] = [
  ['opus', 'VP8'],
  ['PCMU', 'H264'],
  ['G722', 'VP8'],
];

let folder = '';
let scope: Scope;
let browser: Browser;
let caller: NatsCaller;

before(async () => {
  if (skip !== false) return;
  scope = new Scope();
  folder = await mkdtemp(join(tmpdir(), 'bifrons-rtp-'));
  browser = await startBrowser(process.env);
  const { ports } = scope.own(await BrokerProcess.start({ BIFRONS_MEDIA_ADDRESS: '127.0.0.1' }));
  caller = scope.own(await NatsCaller.connect(ports['nats'] ?? 0));
});

after(async () => {
  if (skip !== false) return;
  await browser.close();
  await scope[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function openPage(): Promise<ChromiumPeer> {
  return await ChromiumPeer.open(browser, { audio: true, video: true });
}

async function connected(page: ChromiumPeer): Promise<void> {
  await eventually('the page is connected', 20_000, async () => (await page.look()).state === 'connected');
}

/** Hears a tone and sees a colour, of which pictures go on to come. */
async function hearsAndSees(page: ChromiumPeer, hz: number, colour: readonly number[]): Promise<void> {
  const { frames } = await page.look();
  await eventually(`${hz} Hz and the picture`, 40_000, async () => {
    const seen = await page.look();
    const isAll = isTone(seen.toneHz, hz) && isColour(seen.pixel, colour) && seen.frames >= frames + 15;
    assert.ok(isAll, JSON.stringify(seen));
    return true;
  });
}

/** One bin of the page's analyser is 6 Hz wide. */
function isTone(hz: number, wanted: number): boolean {
  return Math.abs(hz - wanted) < 12;
}

function rgbOf(colour: string): readonly number[] {
  const value = Number(colour);
  return [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}

/** What encoders and the way to YUV and back leave of a colour. */
function isColour(pixel: readonly number[], wanted: readonly number[]): boolean {
  return pixel.every((value, at) => Math.abs(value - (wanted[at] ?? 0)) < 40);
}

/** Another tone and another picture, of the same payload types. */
async function strangeMedia(
  [sound, picture]: SceneCodecs,
  ssrcs: readonly [number, number],
): Promise<readonly (readonly Buffer[])[]> {
  return await Promise.all([
    recorded({ codec: sound, content: strangerHz, ssrc: ssrcs[0] }),
    recorded({ codec: picture, content: strangerColour, ssrc: ssrcs[1] }),
  ]);
}

function noises(ports: readonly number[], media: readonly (readonly Buffer[])[]): readonly Noise[] {
  return media.map((packets, at) => ({ port: ports[at] ?? 0, packets }));
}

for (const [sound, picture] of pairs)
  test(`ffmpeg hears and sees a page by our offer (${sound}, ${picture})`, options, async () => {
    await using page = await openPage();
    const call = await openCall(caller, { sdp: await page.offer() }, { sdp_type: 'rtp' });
    const ports = portsIn(call.offer);
    const media = [sound, picture].map((name, at) => ({
      kind: codecs[name].kind,
      port: ports[at] ?? 0,
      ...formatOf(call.offer, codecs[name].rtpmap),
    }));
    const answer = plainSdp({ address: ffmpegAddress, direction: 'recvonly', media });

    await page.accept(await call.answer(answer, 'rtp'));
    await connected(page);
    const formats = media.map(({ payloadType }) => payloadType);
    const { samples, video, colours, log } = await listen(folder, narrowed(call.offer, formats));

    assert.ok(samples.length >= 8000 * 3, log);
    assert.ok(toneWindows(samples, 8000, pageHz) >= 0.9, log);
    assert.equal(toneWindows(samples, 8000, ffmpegHz), 0);
    assert.equal(video['codec_name'], picture.toLowerCase());
    assert.ok(Number(video['nb_read_frames']) >= 25, JSON.stringify(video));
    // The page's picture goes through all hues in four seconds.
    const reds = colours.map(([red = 0]) => red);
    assert.ok(Math.max(...reds) - Math.min(...reds) > 100, reds.join(' '));
    await call.stop();
  });

for (const names of pairs)
  test(`a page hears and sees ffmpeg, which calls it (${names.join(', ')})`, options, async () => {
    await using page = await openPage();
    await using show = await Show.open(caller, page, names);
    await connected(page);
    await show.begin();

    await hearsAndSees(page, ffmpegHz, ffmpegRgb);
    await show.end();
    const { videoCodec, packetsLost } = await page.look();

    assert.equal(videoCodec, `video/${names[1].toLowerCase()}`);
    assert.equal(packetsLost, 0);
  });

test('a page calls a phone, and both hear the other', options, async () => {
  await using page = await openPage();
  using phone = await PlainPhone.open();
  const call = await openCall(caller, { sdp: await page.offer() }, { sdp_type: 'rtp' });
  const [port = 0] = portsIn(call.offer);

  await page.accept(await call.answer(`${phone.describe()}m=video 0 RTP/AVP 96\r\n`, 'rtp'));
  phone.sing(ffmpegHz, port);

  await eventually('the page hears the phone', 20_000, async () =>
    isTone((await page.look()).toneHz, ffmpegHz),
  );
  await eventually('the phone hears the page', 20_000, () => {
    const last = phone.heard.subarray(-16_000);
    return last.length === 16_000 && toneWindows(last, 8000, pageHz) >= 0.9;
  });
  assert.equal(toneWindows(phone.heard.subarray(-16_000), 8000, ffmpegHz), 0);
  await call.stop();
});

for (const names of pairs.slice(0, 2))
  test(
    `SEC-09: of strangers a page gets no packet, tone or picture (${names.join(', ')})`,
    options,
    async () => {
      // The second has the SSRCs of ffmpeg.
      const foreign = await strangeMedia(names, [0x3333, 0x4444]);
      const forged = await strangeMedia(names, [0x1111, 0x2222]);
      await using page = await openPage();
      await using show = await Show.open(caller, page, names);
      using early = await Stranger.open(strangersAddress, noises(show.ports, foreign));
      await connected(page);
      await eventually('many packets before the first of ffmpeg', 20_000, () => early.sent >= 500);
      assert.deepEqual((await page.look()).packets, { audio: 0, video: 0 });
      await show.begin();
      await hearsAndSees(page, ffmpegHz, ffmpegRgb);
      await page.heardTones();
      // From ffmpeg's own address: only the port is another one.
      using late = await Stranger.open(ffmpegAddress, noises(show.ports, forged));

      const pixels = await pixelsWhile(page, () => late.sent < 2500);
      const tones = await page.heardTones();
      await show.end();

      assert.ok(tones.filter((hz) => isTone(hz, ffmpegHz)).length >= 0.9 * tones.length, tones.join(' '));
      assert.ok(tones.length >= 40 && !tones.some((hz) => isTone(hz, strangerHz)), tones.join(' '));
      assert.ok(
        pixels.length >= 10 && pixels.every((pixel) => isColour(pixel, ffmpegRgb)),
        JSON.stringify(pixels),
      );
      assert.ok(!isColour(strangerRgb, ffmpegRgb));
      await eventually('as many packets came as ffmpeg sent', 10_000, async () => {
        const { packets } = await page.look();
        assert.deepEqual([packets.audio, packets.video], show.sent);
        return true;
      });
    },
  );

/** What the page shows now and then, until it is enough. */
async function pixelsWhile(
  page: ChromiumPeer,
  isGoingOn: () => boolean,
): Promise<readonly (readonly number[])[]> {
  const pixels: (readonly number[])[] = [];
  while (isGoingOn()) {
    pixels.push((await page.look()).pixel);
    await page.page.waitForTimeout(200);
  }
  return pixels;
}
