import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { CallHook, CallState } from '../../../services/console/browser/call/hook.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { DemoPage } from '../../support/demo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';

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

function openCall(query = ''): Promise<DemoPage<CallHook>> {
  return DemoPage.open(browser, `http://127.0.0.1:${broker.ports['http']}`, `/demo/call${query}`);
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
  await using anna = await openCall(link.search);

  await callAs(anna, 'Anna');
  assert.match(await ben.page.innerText('#ring'), /Anna is calling/);
  await answer(ben, anna);
  for (const page of [ben, anna])
    await page.until('50 frames and sound', 'counters', (counters) => {
      const { video, audio } = counters ?? {};
      return (video?.received.frames ?? 0) > 50 && (audio?.received.packets ?? 0) > 50;
    });

  for (const page of [ben, anna]) {
    assert.ok(Math.max(...(await page.colour())) > 40, String(await page.colour()));
    assert.deepEqual(page.complaints, []);
  }
  assert.match(await ben.page.innerText('#status'), /Talking with Anna/);
  assert.match(await anna.page.innerText('#partner'), /Ben/);
});

test('when one hangs up the other is told, and who waited waits again', options, async () => {
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
