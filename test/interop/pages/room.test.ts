import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import type { RoomHook, RoomState } from '../../../services/console/browser/room/hook.ts';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { colourDistance, DemoPage } from '../../support/demo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { PagePeers } from './page-peers.ts';
import { switchPicture } from './picture-switch.ts';
import { giveSmallCamera } from './small-camera.ts';

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

const origin = (): string => `http://127.0.0.1:${broker.ports['http']}`;

type Sent = 'devices' | 'test' | 'none';

async function enter(room: string, name: string, source: Sent): Promise<DemoPage<RoomHook>> {
  const page = await DemoPage.open<RoomHook>(browser, origin(), `/demo/room?room=${room}`);
  await goIn(page, name, source);
  return page;
}

async function goIn(page: DemoPage<RoomHook>, name: string, source: Sent): Promise<void> {
  await page.page.fill('#name', name);
  await page.page.check(`#source-${source}`);
  await page.page.click('#enter');
  await page.until('inside', 'state', (state) => isInside(state, source !== 'none'));
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

test('three listeners see the picture of one publisher at the same time', options, async () => {
  await using anna = await enter('three', 'Anna', 'test');
  await using ben = await enter('three', 'Ben', 'none');
  await using cara = await enter('three', 'Cara', 'none');
  await using dan = await enter('three', 'Dan', 'none');
  const listeners = [ben, cara, dan];

  for (const listener of listeners) await watch(listener, 'Anna');

  await anna.until('three listeners in the list', 'members', (members) => {
    const listening = members.filter(({ role }) => role === 'listener').map(({ name }) => name);
    return listening.join() === 'Ben,Cara,Dan';
  });
  for (const listener of listeners) await sees(listener, 20);
  for (const listener of listeners)
    assert.ok(colourDistance(await listener.colour(), await anna.colour('local')) < 40);
  assert.deepEqual(
    [anna, ...listeners].flatMap(({ complaints }) => complaints),
    [],
  );
});

test('another publisher is on show within 500 ms, to and fro, without a new offer', options, async (t) => {
  await using anna = await DemoPage.open<RoomHook>(browser, origin(), '/demo/room?room=switch');
  await using ben = await DemoPage.open<RoomHook>(browser, origin(), '/demo/room?room=switch');
  await giveSmallCamera(anna.page, 'maroon');
  await giveSmallCamera(ben.page, 'navy');
  await goIn(anna, 'Anna', 'devices');
  await goIn(ben, 'Ben', 'devices');
  await using cara = await enter('switch', 'Cara', 'none');
  const peers = await PagePeers.watch(cara.page);
  await watch(cara, 'Anna');
  await sees(cara, 20);
  const before = await peers.look();

  for (const name of ['Ben', 'Anna', 'Ben', 'Anna', 'Ben', 'Anna']) {
    const { tookMs, longestGapMs } = await switchPicture(cara.page, name);
    t.diagnostic(`to ${name}: ${tookMs.toFixed(0)} ms, longest gap ${longestGapMs.toFixed(0)} ms`);
    assert.ok(tookMs <= 500, `${tookMs} ms to ${name}`);
    assert.ok(longestGapMs <= 500, `${longestGapMs} ms without a picture`);
    await cara.until(`${name} is marked`, 'state', (state) => watchedIn(state) !== undefined);
    await eventually('the button is pressed', 10_000, () => isPressed(cara, name));
    const shown = name === 'Anna' ? anna : ben;
    assert.ok(colourDistance(await cara.colour(), await shown.colour('local')) < 40, name);
  }

  const { connections, signalingChanges, mids } = await peers.look();
  assert.deepEqual([connections, signalingChanges, mids], [1, before.signalingChanges, before.mids]);
  const offers = (await cara.read('events')).filter(({ type }) => type === 'offer');
  assert.ok(offers.length <= 1, `${offers.length} offers`);
  assert.deepEqual([anna.complaints, ben.complaints, cara.complaints], [[], [], []]);
});

test(
  'a publisher that is held to 150 kbit/s sends no more, and more once it is let go',
  options,
  async () => {
    await using anna = await DemoPage.open<RoomHook>(browser, origin(), '/demo/room?room=limit');
    const peers = await PagePeers.watch(anna.page);
    await goIn(anna, 'Anna', 'devices');
    const atLeast = (bits: number) => async (): Promise<boolean> => (await peers.videoBitsPerSecond()) > bits;
    await eventually('more than 200 kbit/s', 30_000, atLeast(200_000));

    await limit(anna, 150_000);
    await eventually('150 kbit/s or less, twice', 20_000, async () => {
      const seconds = [await peers.videoBitsPerSecond(), await peers.videoBitsPerSecond()];
      assert.ok(Math.max(...seconds) <= 150_000 && Math.min(...seconds) > 0, seconds.join());
      return true;
    });

    await limit(anna, 0);
    await eventually('more than 200 kbit/s again', 30_000, atLeast(200_000));
  },
);

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

test('a publisher that leaves ends what shows it, and the page says who left', options, async () => {
  await using anna = await enter('leave', 'Anna', 'test');
  await using cara = await enter('leave', 'Cara', 'none');
  await watch(cara, 'Anna');

  await anna.page.click('#leave');
  const caption = cara.page.locator('#watched');
  await eventually('the caption', 30_000, async () => (await caption.innerText()) === 'Anna left');

  const end = (await cara.read('events')).find(({ type }) => type === 'destroyed');
  assert.equal(end?.body['name'], 'publisher_stop');
  assert.deepEqual([await cara.fault(), (await cara.read('state')).name], ['', 'inside']);
});

test('a name that the broker does not take is refused in its words', options, async () => {
  await using page = await DemoPage.open<RoomHook>(browser, origin(), '/demo/room?room=not a name');
  await page.page.fill('#name', 'Anna');
  await page.page.check('#source-none');
  await page.page.click('#enter');

  await eventually('the fault', 30_000, async () => (await page.fault()) !== '');

  assert.match(await page.fault(), /data\.room_id[\s\S]*100044/);
  assert.equal((await page.read('state')).name, 'outside');
});

/** As an application server would, by the session that the page publishes with. */
async function limit(page: DemoPage<RoomHook>, bitrate: number): Promise<void> {
  const state = await page.read('state');
  const sending = state.name === 'inside' ? state.sending : undefined;
  const session_id = sending?.name === 'running' ? sending.sessionId : '';
  const command = { class: 'media', subclass: 'session', cmd: 'update_media', data: { session_id, bitrate } };
  const response = await fetch(`${origin()}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(command),
  });
  assert.deepEqual(await response.json(), { result: 'ok' });
}

async function sees(page: DemoPage<RoomHook>, frames: number): Promise<void> {
  await page.until(
    `${frames} frames`,
    'counters',
    (counters) => (counters?.video.received.frames ?? 0) > frames,
  );
}

async function isPressed(page: DemoPage<RoomHook>, name: string): Promise<boolean> {
  return (await page.page.getAttribute(`button[aria-label="Watch ${name}"]`, 'aria-pressed')) === 'true';
}
