import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { CallHook, CallState } from '../../../services/console/browser/call/hook.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { colourDistance, DemoPage } from '../../support/demo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { PagePeers } from './page-peers.ts';
import { giveSmallCamera } from './small-camera.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

let browser: Browser;
let broker: BrokerProcess;

before(async () => {
  if (skip !== false) return;
  [browser, broker] = await Promise.all([startBrowser(process.env), BrokerProcess.start()]);
});

after(async () => {
  if (skip !== false) return;
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function openCall(query = '', camera: 'small' | 'usual' = 'small'): Promise<DemoPage<CallHook>> {
  const origin = `http://127.0.0.1:${broker.ports['http']}`;
  const call = await DemoPage.open<CallHook>(browser, origin, `/demo/call${query}`);
  if (camera === 'small') await giveSmallCamera(call.page, 'navy');
  return call;
}

async function waitAs(page: DemoPage<CallHook>, name: string): Promise<void> {
  await page.page.check('#source-test');
  await page.page.fill('#name', name);
  await page.page.click('#wait');
  await page.until('waiting', 'state', ({ name: state }) => state === 'available' || state === 'ringing');
}

async function callAs(page: DemoPage<CallHook>, name: string): Promise<void> {
  await page.page.check('#source-devices');
  await page.page.fill('#name', name);
  await page.page.click('#call');
  await page.until('calling', 'state', (state) => state.name === 'calling' && state.sessionId !== undefined);
}

const isConnected = (state: CallState): boolean => state.name === 'talking' && state.media === 'connected';

async function answer(callee: DemoPage<CallHook>, caller: DemoPage<CallHook>): Promise<void> {
  await callee.until('a ring', 'state', ({ name }) => name === 'ringing');
  await callee.page.click('#accept');
  for (const page of [callee, caller]) await page.until('media', 'state', isConnected);
}

test('who opens the link of a waiting page and calls sees its picture, and is seen', options, async () => {
  await using ben = await openCall();
  await waitAs(ben, 'Ben');
  const link = new URL(await ben.page.innerText('#link'));
  await using anna = await openCall(link.search, 'usual');

  await callAs(anna, 'Anna');
  assert.match(await ben.page.innerText('#ring'), /Anna is calling/);
  await answer(ben, anna);
  for (const page of [ben, anna])
    await page.until('50 frames and sound', 'counters', (counters) => {
      const { video, audio } = counters ?? {};
      return (video?.received.frames ?? 0) > 50 && (audio?.received.packets ?? 0) > 50;
    });

  assert.ok(colourDistance(await ben.colour(), await anna.colour('local')) < 40, String(await ben.colour()));
  assert.ok(colourDistance(await anna.colour(), await ben.colour('local')) < 40, String(await anna.colour()));
  assert.match(await ben.page.innerText('#status'), /Talking with Anna/);
  assert.match(await anna.page.innerText('#partner'), /Ben/);
  assert.deepEqual([anna.complaints, ben.complaints], [[], []]);
});

test('what one mutes stands still at the other, and goes on when it is unmuted', options, async () => {
  await using ben = await openCall();
  await using anna = await openCall('?to=Ben-1', 'usual');
  await waitAs(ben, 'Ben-1');
  const seen = await PagePeers.watch(ben.page);
  await callAs(anna, 'Anna');
  await answer(ben, anna);
  const still = async (): Promise<readonly boolean[]> =>
    Promise.all([seen.isStill('framesDecoded'), seen.isStill('audioPackets'), seen.isStill('audioEnergy')]);
  const becomes = async (what: string, ...expected: readonly boolean[]): Promise<unknown> =>
    eventually(what, 20_000, async () => {
      assert.deepEqual(await still(), expected);
      return true;
    });
  await becomes('picture and sound', false, false, false);

  await anna.page.click('#mute-video');
  await becomes('sound without a picture', true, false, false);
  await anna.page.click('#mute-video');
  await becomes('picture and sound again', false, false, false);
  await anna.page.click('#mute-audio');
  await becomes('a picture in silence', false, true, true);
  await anna.page.click('#mute-audio');
  await becomes('picture and sound at last', false, false, false);
  assert.deepEqual([anna.complaints, ben.complaints], [[], []]);
});

test('when either hangs up or leaves the other is told, and who waited waits again', options, async () => {
  await using ben = await openCall();
  await using anna = await openCall('?to=Ben-2');
  await waitAs(ben, 'Ben-2');
  await callAs(anna, 'Anna');
  await answer(ben, anna);

  await anna.page.click('#hang-up');
  await ben.until('waiting again', 'state', ({ name }) => name === 'available');
  await anna.until('the end', 'state', ({ name }) => name === 'idle');

  assert.match(await ben.page.innerText('#status'), /^Anna hung up\. Waiting for calls/);
  assert.match(await anna.page.innerText('#status'), /^Call ended\./);
  assert.equal(await ben.fault(), '');

  await callAs(anna, 'Anna');
  await answer(ben, anna);
  await ben.page.click('#hang-up');
  await anna.until('the end', 'state', ({ name }) => name === 'idle');
  await ben.until('waiting again', 'state', ({ name }) => name === 'available');
  assert.match(await anna.page.innerText('#status'), /^Ben-2 hung up\./);

  await callAs(anna, 'Anna');
  await answer(ben, anna);
  await anna.page.close();
  await ben.until('waiting again', 'state', ({ name }) => name === 'available');
  assert.match(await ben.page.innerText('#status'), /^Anna left\. Waiting for calls/);
});

test('a call that is declined ends in words, and one given up stops ringing', options, async () => {
  await using ben = await openCall();
  await using anna = await openCall('?to=Ben-3');
  await waitAs(ben, 'Ben-3');

  await callAs(anna, 'Anna');
  await ben.until('a ring', 'state', ({ name }) => name === 'ringing');
  await ben.page.click('#decline');
  await anna.until('the end', 'state', ({ name }) => name === 'idle');
  assert.match(await anna.page.innerText('#status'), /^Ben-3 declined\./);

  await callAs(anna, 'Anna');
  await ben.until('a second ring', 'state', ({ name }) => name === 'ringing');
  await anna.page.click('#hang-up');
  await ben.until('silence', 'state', ({ name }) => name === 'available');
});

test('a call that was made before anybody waited rings as soon as somebody does', options, async () => {
  await using ben = await openCall();
  await using anna = await openCall('?to=Ben-4');
  await callAs(anna, 'Anna');

  await waitAs(ben, 'Ben-4');

  await ben.until('a ring', 'state', (state) => state.name === 'ringing' && state.from === 'Anna');
});
