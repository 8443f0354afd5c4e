import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { RoomHook, RoomState } from '../../../services/console/browser/room/hook.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { DemoPage } from '../../support/demo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 180_000 };

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

async function enter(
  room: string,
  name: string,
  source: 'devices' | 'test' | 'none',
): Promise<DemoPage<RoomHook>> {
  const page = await DemoPage.open<RoomHook>(
    browser,
    `http://127.0.0.1:${broker.ports['http']}`,
    `/demo/room?room=${room}`,
  );
  await page.page.fill('#name', name);
  await page.page.check(`#source-${source}`);
  await page.page.click('#enter');
  await page.until('inside', 'state', (state) => isInside(state, source !== 'none'));
  return page;
}

function isInside(state: RoomState, sends: boolean): boolean {
  if (state.name !== 'inside') return false;
  return !sends || (state.sending?.name === 'running' && state.sending.media === 'connected');
}

/** The session of the publisher on show, once its picture can flow. */
function watchedIn(state: RoomState): string | undefined {
  const watching = state.name === 'inside' ? state.watching : undefined;
  const isFlowing = watching?.leg.name === 'running' && watching.leg.media === 'connected';
  return isFlowing ? watching.publisherId : undefined;
}

async function watch(page: DemoPage<RoomHook>, name: string): Promise<void> {
  await page.page.click(`button[aria-label="Watch ${name}"]`);
  await page.until(`${name} on show`, 'state', (state) => watchedIn(state) !== undefined);
}

test('three listeners see the picture of one publisher', options, async () => {
  await using anna = await enter('three', 'Anna', 'test');
  for (const name of ['Ben', 'Cara', 'Dan']) {
    await using listener = await enter('three', name, 'none');
    await watch(listener, 'Anna');
    await listener.until('20 frames', 'counters', (counters) => (counters?.video.received.frames ?? 0) > 20);

    assert.deepEqual(listener.complaints, []);
    assert.ok(Math.max(...(await listener.colour())) > 40);
    await anna.until(`${name} in the list`, 'members', (members) =>
      members.some((member) => member.role === 'listener' && member.name === name),
    );
  }
  assert.deepEqual(anna.complaints, []);
});

test('another publisher is on show within 500 ms and without a new offer', options, async () => {
  await using anna = await enter('switch', 'Anna', 'test');
  await using ben = await enter('switch', 'Ben', 'devices');
  await using cara = await enter('switch', 'Cara', 'none');
  await cara.page.evaluate(watchNegotiation);
  await watch(cara, 'Anna');
  await cara.until('20 frames', 'counters', (counters) => (counters?.video.received.frames ?? 0) > 20);
  const before = await cara.colour();

  const tookMs = await cara.page.evaluate<number>(timeToOtherPicture);

  assert.ok(tookMs < 500, `${tookMs} ms`);
  assert.equal(await cara.page.evaluate<number>('window.descriptions'), 1);
  assert.ok(distance(before, await cara.colour()) > 30);
  assert.deepEqual([anna.complaints, ben.complaints, cara.complaints], [[], [], []]);
});

test(
  'who enters later reads what was written before, and all read what is written now',
  options,
  async () => {
    await using anna = await enter('chat', 'Anna', 'none');
    await anna.page.fill('#message', 'Is anyone there?');
    await anna.page.click('#write');
    await anna.until('the message', 'messages', (messages) => messages.length === 1);

    await using ben = await enter('chat', 'Ben', 'none');
    await ben.page.fill('#message', 'I am');
    await ben.page.click('#write');
    for (const page of [anna, ben]) {
      const messages = await page.until('two messages', 'messages', (found) => found.length === 2);
      assert.deepEqual(
        messages.map(({ from, text }) => `${from}: ${text}`),
        ['Anna: Is anyone there?', 'Ben: I am'],
      );
    }
  },
);

test('a publisher that leaves ends what shows it, with the words of the API', options, async () => {
  await using anna = await enter('leave', 'Anna', 'test');
  await using cara = await enter('leave', 'Cara', 'none');
  await watch(cara, 'Anna');

  await anna.page.click('#leave');
  await eventually('the fault', 30_000, async () => (await cara.fault()) !== '');

  assert.match(await cara.fault(), /304006/);
  assert.equal((await cara.read('state')).name, 'inside');
});

test('a name that the broker does not take is refused in its words', options, async () => {
  await using page = await DemoPage.open<RoomHook>(
    browser,
    `http://127.0.0.1:${broker.ports['http']}`,
    '/demo/room?room=not a name',
  );
  await page.page.fill('#name', 'Anna');
  await page.page.check('#source-none');
  await page.page.click('#enter');

  await eventually('the fault', 30_000, async () => (await page.fault()) !== '');

  assert.match(await page.fault(), /data\.room_id[\s\S]*100044/);
  assert.equal((await page.read('state')).name, 'outside');
});

function distance(one: readonly number[], other: readonly number[]): number {
  return Math.max(...one.map((value, index) => Math.abs(value - (other[index] ?? 0))));
}

/** Counts descriptions that the page applies to its connections from now on. */
const watchNegotiation = `(() => {
  window.descriptions = 0;
  const apply = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (...all) {
    window.descriptions += 1;
    return apply.apply(this, all);
  };
})()`;

/** Presses the other publisher's button; resolves with the milliseconds until the picture has another colour. */
const timeToOtherPicture = `new Promise((resolve, reject) => {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const colour = () => {
    pen.drawImage(document.getElementById('remote'), 0, 0, 32, 18);
    const { data } = pen.getImageData(0, 0, 32, 18);
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) sums[at % 4] += data[at];
    return sums.map((sum) => sum / (32 * 18));
  };
  const before = colour();
  const pressedAt = performance.now();
  document.querySelector('button[aria-label="Watch Ben"]').click();
  const look = () => {
    const tookMs = performance.now() - pressedAt;
    if (Math.max(...colour().map((value, index) => Math.abs(value - before[index]))) > 30) resolve(tookMs);
    else if (tookMs > 10000) reject(new Error('still the same picture'));
    else setTimeout(look, 10);
  };
  look();
})`;
