import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser, whyNoBrowser } from '../../support/browser.ts';
import { EchoPage } from '../../support/echo-page.ts';
import { eventually } from '../support/eventually.ts';
import { FarEnd } from './far-end.ts';
import { StubBroker } from './stub-broker.ts';

const skip = whyNoBrowser(process.env);
const options = { skip, timeout: 120_000 };

let browser: Browser;
let farEnd: FarEnd;

before(async () => {
  if (skip !== false) return;
  browser = await startBrowser(process.env);
  farEnd = await FarEnd.open(browser);
});

after(async () => {
  if (skip === false) await browser.close();
});

async function sessionIdOf(echo: EchoPage): Promise<string> {
  const state = await echo.state();
  return state.name === 'running' ? state.sessionId : '';
}

for (const source of ['devices', 'test'] as const) {
  test(`picture, sound and a message come back (${source})`, options, async () => {
    await using broker = await StubBroker.start(farEnd);
    await using echo = await EchoPage.open(browser, broker.origin);
    await echo.connect(source);

    await echo.until('50 frames and sound', async () => {
      const counters = await echo.counters();
      return (counters?.video.received.frames ?? 0) > 50 && (counters?.audio.received.level ?? 0) > 0;
    });
    await echo.sendMessage('Is anyone there?');
    await echo.until('a message back', async () => (await echo.messages()).length > 0);
    const picture = await echo.picture();
    const counters = await echo.counters();

    assert.deepEqual(await echo.messages(), ['You wrote: Is anyone there?']);
    // The fake camera shows one colour and a small figure; a black picture is dark and does not vary.
    assert.ok(picture.mean > 20 && picture.deviation > 2, JSON.stringify(picture));
    assert.match(counters?.path.srtpCipher ?? '', /AES/);
    assert.deepEqual(echo.complaints, []);
  });
}

test('the session is created with the offer at once and the candidates after it', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.toggleMute('video');
  await echo.chooseBitrate(256_000);
  await echo.connect('test');
  await echo.until('the end of candidates', () => broker.dataOf('session.set_candidate_end').length > 0);

  const [create] = broker.dataOf('session.create');
  const { offer, ...rest } = create ?? {};
  const chosen = { mute_audio: false, mute_video: true, mute_data: false, bitrate: 256_000 };
  assert.deepEqual(rest, { type: 'echo', wait_reply: true, ...chosen });
  assert.equal(
    typeof offer === 'object' && offer !== null && 'trickle_ice' in offer && offer.trickle_ice,
    true,
  );
  assert.deepEqual(broker.dataOf('session.set_candidate_end'), [{ session_id: await sessionIdOf(echo) }]);
  assert.ok(broker.dataOf('session.set_candidate').length > 0);
});

test('mute buttons and bitrate choice tell the broker, and only what changed', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');
  const session_id = await sessionIdOf(echo);

  await echo.toggleMute('audio');
  await echo.toggleMute('video');
  await echo.toggleMute('data');
  await echo.until('three updates', () => broker.dataOf('session.update_media').length === 3);
  await echo.toggleMute('audio');
  await echo.chooseBitrate(128_000);
  await echo.until('five updates', () => broker.dataOf('session.update_media').length === 5);

  assert.deepEqual(broker.dataOf('session.update_media'), [
    { session_id, mute_audio: true },
    { session_id, mute_video: true },
    { session_id, mute_data: true },
    { session_id, mute_audio: false },
    { session_id, bitrate: 128_000 },
  ]);
});

test('a refused change is shown with its hint, and the control goes back', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');
  const hint = 'data.mute_audio is not for you';
  broker.failures.set('session.update_media', {
    code: 100030,
    error: 'Unauthorized',
    name: 'unauthorized',
    hint,
  });

  await echo.toggleMute('audio');
  await echo.until('a fault on show', async () => (await echo.fault()) !== '');

  assert.match(await echo.fault(), /Unauthorized\s+data\.mute_audio is not for you\s+100030 unauthorized/);
  assert.equal(await echo.page.getAttribute('#mute-audio', 'aria-pressed'), 'false');
  assert.equal((await echo.state()).name, 'running');
});

test(
  'an error reply to create shows code, name and hint, and the page can start again',
  options,
  async () => {
    await using broker = await StubBroker.start(farEnd);
    await using echo = await EchoPage.open(browser, broker.origin);
    const hint = 'data.offer.sdp has no fingerprint';
    broker.failures.set('session.create', { code: 309005, error: 'Invalid SDP', name: 'invalid_sdp', hint });

    await echo.start('test');
    await echo.until('the end', async () => (await echo.state()).name === 'ended');

    assert.match(
      await echo.fault(),
      /Invalid SDP\s+data\.offer\.sdp has no fingerprint\s+309005 invalid_sdp/,
    );
    broker.failures.clear();
    await echo.connect('test');
    assert.equal(await echo.fault(), '');
  },
);

test('events are answered and shown with their numbers, gaps too', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');

  const session_id = await sessionIdOf(echo);
  broker.loseEvent(session_id);
  broker.emit(session_id, 'status', { class: 'slow_link', uplink: true, nacks: 9 });
  await echo.until('three answered events', () => broker.answeredEvents.length === 3);
  const events = await echo.events();

  assert.deepEqual(
    events.map(({ seq, type }) => [seq, type]),
    [
      [1, 'answer'],
      [2, 'status'],
      [4, 'status'],
    ],
  );
  assert.match(
    await echo.page.innerText('#events'),
    /#1 .*answer[\s\S]*#2 .*status[\s\S]*Event 3 is missing[\s\S]*#4 .*status/,
  );
});

test('a session that the broker ends closes the connections and says why', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');

  await broker.end(await sessionIdOf(echo), 100060, 'Session timeout');
  await echo.until('the end', async () => (await echo.state()).name === 'ended');
  await echo.until('the socket to close', () => broker.connections === 0);

  assert.match(await echo.fault(), /The broker ended the session: Session timeout/);
  assert.match(await echo.fault(), /100060/);
});

test('stopping destroys the session, shows its last event and closes the connection', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('devices');

  await echo.stop();
  await echo.until('the end', async () => (await echo.state()).name === 'ended');
  await echo.until('the socket to close', () => broker.connections === 0);

  assert.equal(broker.dataOf('session.destroy').length, 1);
  assert.equal((await echo.events()).at(-1)?.type, 'destroyed');
  assert.equal(await echo.fault(), '');
});

test('closing the page closes its socket', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');
  assert.equal(broker.connections, 1);

  await echo.leave();

  await eventually('the socket to close', 10_000, () => broker.connections === 0);
});

test('a broker that goes away ends the session with a sentence', options, async () => {
  const broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.connect('test');

  await broker[Symbol.asyncDispose]();
  await echo.until('the end', async () => (await echo.state()).name === 'ended');
  assert.match(await echo.fault(), /connection to the broker closed/);
  await echo.start('test');
  await echo.until('the second end', async () => (await echo.fault()).includes('No connection to ws://'));
});

test('without permission the test picture stands in, and the page says so', options, async () => {
  await using broker = await StubBroker.start(farEnd);
  await using echo = await EchoPage.open(browser, broker.origin);
  await echo.page.evaluate(
    `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`,
  );

  await echo.connect('devices');

  assert.match(await echo.page.innerText('#notice'), /not allowed\. Sending the test picture/);
});
