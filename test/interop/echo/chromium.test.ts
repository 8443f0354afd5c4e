import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { EchoPage } from '../../support/echo-page.ts';
import { BrokerProcess } from '../support/broker-process.ts';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, NatsCaller, textOf } from '../support/nats-caller.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

let browser: Browser;
let broker: BrokerProcess;
let server: NatsCaller;

before(async () => {
  if (skip !== false) return;
  browser = await startBrowser(process.env);
  broker = await BrokerProcess.start();
  server = await NatsCaller.connect(broker.ports['nats'] ?? 0);
});

after(async () => {
  if (skip !== false) return;
  await server[Symbol.asyncDispose]();
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function openEcho(): Promise<EchoPage> {
  return await EchoPage.open(browser, `http://127.0.0.1:${broker.ports['http'] ?? 0}`);
}

async function sessionIdOf(echo: EchoPage): Promise<string> {
  const state = await echo.state();
  if (state.name !== 'running') throw new Error(`the page is ${state.name}`);
  return state.sessionId;
}

/** Frames decoded in all, and the audio level of now. */
async function arriving(echo: EchoPage): Promise<{ frames: number; level: number }> {
  const counters = await echo.counters();
  return { frames: counters?.video.received.frames ?? 0, level: counters?.audio.received.level ?? 0 };
}

async function picturesGoOn(echo: EchoPage): Promise<boolean> {
  const before = await arriving(echo);
  await echo.page.waitForTimeout(1500);
  return (await arriving(echo)).frames > before.frames;
}

for (const source of ['devices', 'test'] as const) {
  test(`picture, sound and a message come back to the page (${source})`, options, async () => {
    await using echo = await openEcho();
    await echo.connect(source);

    await echo.until('more than 50 frames and sound', async () => {
      const { frames, level } = await arriving(echo);
      return frames > 50 && level > 0;
    });
    await echo.sendMessage('Is anyone there?');
    await echo.until('a message back', async () => (await echo.messages()).length > 0);
    const picture = await echo.picture();
    const counters = await echo.counters();

    assert.match((await echo.messages())[0] ?? '', /Is anyone there\?$/);
    // The fake camera shows one colour and a small figure; a black picture is dark and does not vary.
    assert.ok(picture.mean > 20 && picture.deviation > 2, JSON.stringify(picture));
    assert.equal(counters?.path.srtpCipher, 'SRTP_AEAD_AES_128_GCM');
    assert.deepEqual(echo.complaints, []);
  });
}

test('each mute silences what it names and nothing else', options, async () => {
  await using echo = await openEcho();
  await echo.connect('test');
  await echo.until('picture and sound', async () => {
    const { frames, level } = await arriving(echo);
    return frames > 10 && level > 0;
  });

  await echo.toggleMute('audio');
  await echo.until('silence', async () => (await arriving(echo)).level < 0.001);
  assert.equal(await picturesGoOn(echo), true);
  await echo.toggleMute('audio');
  await echo.until('sound', async () => (await arriving(echo)).level > 0);

  await echo.toggleMute('video');
  await echo.until('no more pictures', async () => !(await picturesGoOn(echo)));
  assert.ok((await arriving(echo)).level > 0);
  await echo.toggleMute('video');
  await echo.until('pictures again', () => picturesGoOn(echo));

  await echo.toggleMute('data');
  await echo.sendMessage('muted');
  await echo.page.waitForTimeout(1000);
  assert.deepEqual(await echo.messages(), []);
  await echo.toggleMute('data');
  await echo.until('the button is up', async () => {
    return (await echo.page.getAttribute('#mute-data', 'aria-pressed')) === 'false';
  });
  await echo.sendMessage('heard');
  await echo.until('a message back', async () => (await echo.messages()).length > 0);
});

test('a lower bitrate shows in what the browser sends', options, async () => {
  await using echo = await openEcho();
  await echo.connect('devices');
  const sent = async (): Promise<number> => (await echo.rates())?.videoSent ?? 0;
  // What the picture of the fake camera takes at the least size that Chromium begins with.
  await echo.until('more than 200 kbit/s', async () => (await sent()) > 200_000);

  await echo.chooseBitrate(128_000);

  await echo.until('less than 140 kbit/s', async () => {
    const rate = await sent();
    return rate > 0 && rate < 140_000;
  });
  assert.equal((await echo.counters())?.path.availableBitsPerSecond, 128_000);
});

test(
  'over NATS the session of a page is seen, numbered without gaps, and can be ended',
  options,
  async () => {
    await using echo = await openEcho();
    await echo.connect('test');
    const session_id = await sessionIdOf(echo);
    await echo.until('frames', async () => (await arriving(echo)).frames > 10);

    const info = await server.command('session.get_info', { session_id });
    await server.command('session.destroy', { session_id });
    await echo.until('the page has ended', async () => (await echo.state()).name === 'ended');
    await eventually('destroyed', 5000, () => server.eventsOf(session_id).at(-1)?.type === 'destroyed');

    assert.equal(info['type'], 'echo');
    assert.match(textOf(fieldsOf(info['answer']), 'sdp'), /a=ice-lite/);
    const events = server.eventsOf(session_id);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    const types = new Set(events.map(({ type }) => type));
    for (const type of ['created', 'answer', 'status', 'destroyed']) assert.ok(types.has(type), type);
  },
);

test('closing the page ends its session within 10 s', options, async () => {
  const echo = await openEcho();
  await echo.connect('test');
  const session_id = await sessionIdOf(echo);

  await echo.leave();

  await eventually('destroyed', 10_000, () => server.eventsOf(session_id).at(-1)?.type === 'destroyed');
  // Its WebSocket and its DTLS say goodbye at the same time; either may come first.
  const reasons: unknown[] = ['Registered process stopped', 'Normal termination'];
  assert.ok(reasons.includes(server.eventsOf(session_id).at(-1)?.body['reason']));
  await echo[Symbol.asyncDispose]();
});
