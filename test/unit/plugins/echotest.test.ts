import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import { FakePeer } from '../../support/fake-peer.ts';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';
import { offerSdp } from '../../support/offer-sdp.ts';

const echotest = 'janus.plugin.echotest';
const ok = { echotest: 'event', result: 'ok' };

interface Call {
  readonly world: JanusWorld;
  readonly handle: TestHandle;
  readonly browser: FakePeer;
}

async function call(body: object = {}): Promise<Call> {
  const world = new JanusWorld();
  const handle = await TestHandle.attach(world, echotest);
  const browser = new FakePeer(world.peers);
  browser.openChannel('chat');
  const sdp = browser.offer(['audio', 'video', 'data']);
  const [, event] = await handle.message(body, { type: 'offer', sdp });
  browser.accept(String(member(event, 'jsep', 'sdp')));
  await world.clock.run(0);
  return { world, handle, browser };
}

function echoed({ browser }: Call, mid: string): number {
  const before = browser.received(mid).length;
  browser.sendRtp(mid, 3);
  return browser.received(mid).length - before;
}

/** What its plugin says of the handle. */
function query({ world, handle }: Call): object | undefined {
  return world.gateway.session(handle.session_id)?.handle(handle.handle_id)?.query();
}

test('audio, video and data come back', async () => {
  const running = await call();
  const { browser } = running;

  browser.sendData('chat', 'hello');
  browser.sendData('chat', Buffer.from([1, 2]));

  assert.deepEqual([echoed(running, '0'), echoed(running, '1')], [3, 3]);
  assert.deepEqual(browser.dataReceived, ['Janus EchoTest here! You wrote: hello', Buffer.from([1, 2])]);
});

test('each medium is muted alone, and comes back', async () => {
  const running = await call();
  const { handle, browser } = running;

  assert.deepEqual(await handle.answer({ audio: false }), ok);
  const withoutAudio = [echoed(running, '0'), echoed(running, '1')];
  await handle.answer({ audio: true, video: false });
  const withoutVideo = [echoed(running, '0'), echoed(running, '1')];
  await handle.answer({ video: true, bifrons: { data: false } });
  browser.sendData('chat', 'silence');
  const withoutData = [echoed(running, '0') > 0, echoed(running, '1') > 0, browser.dataReceived.length];
  await handle.answer({ bifrons: { data: true } });
  browser.sendData('chat', 'sound');

  assert.deepEqual(withoutAudio, [0, 3]);
  assert.deepEqual(withoutVideo, [3, 0]);
  assert.deepEqual(withoutData, [true, true, 0]);
  assert.equal(browser.dataReceived.length, 1);
});

test('a mute given with the offer holds from the first packet', async () => {
  const running = await call({ audio: false, bifrons: { data: false } });

  running.browser.sendData('chat', 'silence');

  assert.deepEqual([echoed(running, '0'), echoed(running, '1')], [0, 3]);
  assert.deepEqual(running.browser.dataReceived, []);
});

test('the limit is none until asked for, and 0 lifts it', async () => {
  const { world, handle } = await call();
  const limits = [world.peer.bitrateLimit];

  await handle.answer({ bitrate: 64_000 });
  limits.push(world.peer.bitrateLimit);
  await handle.answer({ bitrate: 0 });
  limits.push(world.peer.bitrateLimit);

  assert.deepEqual(limits, [undefined, 64_000, 10_000_000]);
});

test('a limit given before the offer holds for the call', async () => {
  const world = new JanusWorld();
  const handle = await TestHandle.attach(world, echotest);
  await handle.answer({ bitrate: 128_000 });

  await handle.message({}, { type: 'offer', sdp: offerSdp });

  assert.equal(world.peer.bitrateLimit, 128_000);
});

test('the answer has the codec that the client prefers, if both have it', async () => {
  const codecs = async (body: object): Promise<unknown[]> => {
    const running = await call(body);
    const facts = query(running);
    return [member(facts, 'audio_codec'), member(facts, 'video_codec')];
  };

  assert.deepEqual(await codecs({}), ['opus', 'vp8']);
  assert.deepEqual(await codecs({ audiocodec: 'pcmu', videocodec: 'h264' }), ['pcmu', 'h264']);
  assert.deepEqual(await codecs({ videocodec: 'theora' }), ['opus', 'vp8']);
});

test('faulty elements are refused with 413, in the words of Janus', async () => {
  const handle = await TestHandle.attach(new JanusWorld(), echotest);
  const refusal = async (body: object): Promise<unknown[]> => {
    const data = await handle.answer(body);
    return [member(data, 'error_code'), member(data, 'error')];
  };
  const none = 'Message error: no supported attributes found';

  assert.deepEqual(await refusal({}), [413, none]);
  assert.deepEqual(await refusal({ keyframe: true }), [413, none]);
  assert.deepEqual(await refusal({ filename: 'x' }), [413, none]);
  assert.deepEqual(await refusal({ audio: 1 }), [413, 'Invalid element type (audio should be a boolean)']);
  assert.deepEqual(await refusal({ bitrate: 1.5 }), [
    ...[413, 'Invalid element type (bitrate should be a positive integer)'],
  ]);
  assert.deepEqual(await refusal({ substream: 3 }), [413, 'Invalid value (substream should be 2 at most)']);
  assert.deepEqual(await refusal({ filename: 7, record: true }), [
    ...[413, 'Invalid element type (filename should be a string)'],
  ]);
  assert.deepEqual(await refusal({ bifrons: { data: 'no' } }), [
    ...[413, 'Invalid element type (data should be a boolean)'],
  ]);
});

test('layers and recording are accepted', async () => {
  const { handle } = await call();

  assert.deepEqual(await handle.answer({ substream: 2, temporal: 1, fallback: 250_000 }), ok);
  assert.deepEqual(await handle.answer({ record: true, filename: 'call' }), ok);
  assert.deepEqual(await handle.answer({ record: false }), ok);
});

test('a stream without a common codec is rejected, the others go on', async () => {
  const world = new JanusWorld();
  const handle = await TestHandle.attach(world, echotest);
  const sdp = offerSdp.replaceAll('opus/48000/2', 'speex/16000');

  const [, event] = await handle.message({}, { type: 'offer', sdp });

  const { media } = parseSdp(String(member(event, 'jsep', 'sdp')));
  assert.deepEqual(
    media.map(({ isRejected }) => isRejected),
    [true],
  );
});

test('a renegotiation keeps the connection and the numbering of what goes on', async () => {
  const running = await call();
  const { world, handle, browser } = running;
  echoed(running, '0');
  const offer = browser.offer(['audio']);

  const told = await handle.message({}, { type: 'offer', sdp: offer });
  browser.accept(String(member(told.at(-1), 'jsep', 'sdp')));
  echoed(running, '0');

  const numbers = browser.received('0').map(({ sequenceNumber }) => sequenceNumber);
  assert.equal(numbers.length, 6);
  assert.equal(new Set(numbers).size, 6);
  assert.equal(world.peers.made.length, 1);
});

test('lost packets are told before the core tells them, those of the client by the core alone', async () => {
  const { world, handle } = await call();
  handle.client.take();

  world.peer.slowDown('1', true, 5);
  world.peer.slowDown('0', true, 4);
  world.peer.slowDown('1', false, 3);
  await world.clock.run(0);

  const told = handle.client
    .take()
    .map((message) => member(message, 'plugindata', 'data') ?? message['janus']);
  assert.deepEqual(told, [
    { echotest: 'event', event: 'slow_link', media: 'video', 'current-bitrate': 0 },
    'slowlink',
    { echotest: 'event', event: 'slow_link', media: 'audio' },
    ...['slowlink', 'slowlink'],
  ]);
});

test('a hangup says done, forgets the settings and releases the media', async () => {
  const running = await call({ audio: false, bitrate: 1000 });
  const { world, handle } = running;
  echoed(running, '1');
  await world.clock.run(0);
  handle.client.take();

  const [, done] = await handle.ask('hangup');

  assert.deepEqual(member(done, 'plugindata', 'data'), { echotest: 'event', result: 'done' });
  assert.equal(world.router.size, 0);
  assert.deepEqual(query(running), {
    audio_active: true,
    video_active: true,
    bitrate: 0,
    'peer-bitrate': 0,
    slowlink_count: 0,
    hangingup: 0,
    destroyed: 0,
  });
});

test('a session that is destroyed leaves nothing in the router', async () => {
  const running = await call();
  const { world, handle } = running;
  echoed(running, '0');

  await handle.client.ask({ janus: 'destroy', transaction: 'd', session_id: handle.session_id });
  await world.clock.run(60_000);

  assert.equal(world.router.size, 0);
  assert.equal(world.clock.pending, 0);
});

test('what it tells of a call has the names of Janus', async () => {
  const running = await call({ bitrate: 64_000 });

  assert.deepEqual(query(running), {
    audio_active: true,
    video_active: true,
    audio_codec: 'opus',
    video_codec: 'vp8',
    bitrate: 64_000,
    'peer-bitrate': 0,
    slowlink_count: 0,
    hangingup: 0,
    destroyed: 0,
  });
  const data = { audio_active: true, video_active: true, bitrate: 64_000 };
  const reported = running.world.reported.filter(({ type }) => type === 64).map(({ event }) => event);
  assert.deepEqual(reported, [{ plugin: echotest, data }]);
});

test('a keyframe that is missing is asked of the client', async () => {
  const running = await call();
  const { world, handle } = running;
  echoed(running, '1');
  world.peer.keyframeRequests.length = 0;
  await world.clock.run(2000);

  await handle.answer({ video: false });
  await handle.answer({ video: true });

  assert.deepEqual(world.peer.keyframeRequests, ['1']);
});

test('a client that is parked with all its media muted comes back from a keyframe on, with numbers that go on', async () => {
  const running = await call();
  const { world, handle, browser } = running;
  browser.sendRtp('1', 3);
  await handle.answer({ audio: false, video: false, bifrons: { data: false } });
  browser.sendData('chat', 'parked');
  const parked = [echoed(running, '0'), echoed(running, '1')];
  const asked = world.peer.keyframeRequests.length;

  await handle.answer({ audio: true, video: true, bifrons: { data: true } });
  await world.clock.run(1000);
  browser.sendData('chat', 'back');
  const back = [echoed(running, '0'), echoed(running, '1')];

  assert.deepEqual(
    [parked, back],
    [
      [0, 0],
      [3, 3],
    ],
  );
  assert.ok(world.peer.keyframeRequests.length > asked);
  assert.deepEqual(browser.dataReceived, ['Janus EchoTest here! You wrote: back']);
  const numbers = browser.received('1').map(({ sequenceNumber }) => sequenceNumber);
  const [first = 0] = numbers;
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => (first + at) & 0xffff),
  );
});
