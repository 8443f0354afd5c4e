import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import { member } from '../../../support/janus-handle.ts';
import { RoomScene, type Guest } from '../../../support/room-scene.ts';

const refused = (data: unknown): readonly unknown[] => [member(data, 'error_code'), member(data, 'error')];

/** What its plugin says of a handle. */
function query({ world }: RoomScene, { handle }: Guest): object | undefined {
  return world.gateway.session(handle.session_id)?.handle(handle.handle_id)?.query();
}

test('only so many publish at once as the room allows; one who stops makes room', async () => {
  await using scene = await RoomScene.open({ publishers: 1 });
  const one = await scene.publisher(1);
  const two = await scene.participant(2);

  const full = await two.publish(['audio']);
  await one.ask('unpublish');
  await scene.settle();
  const taken = await two.publish(['audio']);

  assert.deepEqual(refused(full), [432, 'Maximum number of publishers (1) already reached']);
  assert.equal(member(taken, 'configured'), 'ok');
});

test('publishers get a codec of the room, in its order, or the one they ask for', async () => {
  await using scene = await RoomScene.open({ videocodec: 'h264,vp8', audiocodec: 'pcmu,opus' });
  const codecs = async (id: number, body: object): Promise<unknown> => {
    const guest = await scene.participant(id);
    const data = await guest.publish(['audio', 'video'], body);
    return member(data, 'error') ?? [member(data, 'audio_codec'), member(data, 'video_codec')];
  };

  assert.deepEqual(await codecs(1, {}), ['pcmu', 'h264']);
  assert.deepEqual(await codecs(2, { audiocodec: 'opus', videocodec: 'vp8' }), ['opus', 'vp8']);
  assert.equal(await codecs(3, { videocodec: 'vp9' }), 'Video codec unavailable in this room');
});

test('an m-line without a codec of the room is refused and shown as disabled', async () => {
  await using scene = await RoomScene.open({ videocodec: 'vp9' });
  const one = await scene.participant(1);
  const sdp = one.browser.offer(['audio', 'video']);

  const [, event] = await one.handle.message({ request: 'publish' }, { type: 'offer', sdp });

  const answer = parseSdp(String(member(event, 'jsep', 'sdp')));
  assert.deepEqual(
    answer.media.map(({ isRejected, direction }) => [isRejected, direction]),
    [
      [false, 'recvonly'],
      [true, 'inactive'],
    ],
  );
  const disabled = { type: 'video', mindex: 1, mid: '1', disabled: true };
  assert.deepEqual(member(event, 'plugindata', 'data', 'streams', '1'), disabled);
});

test('the limit of the room is the default, and with bitrate_cap the most', async () => {
  await using scene = await RoomScene.open({ bitrate: 200_000, bitrate_cap: true });
  const one = await scene.publisher(1);
  const limits = [one.connection.bitrateLimit];

  for (const bitrate of [100_000, 500_000, 0]) {
    await one.ask('configure', { bitrate });
    limits.push(one.connection.bitrateLimit);
  }

  assert.deepEqual(limits, [200_000, 100_000, 200_000, 200_000]);
});

test('a limit is lifted with 0 where the room has none', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const limits = [one.connection.bitrateLimit];

  for (const bitrate of [100_000, 0]) {
    await one.ask('configure', { bitrate });
    limits.push(one.connection.bitrateLimit);
  }

  assert.deepEqual(limits, [undefined, 100_000, 10_000_000]);
});

test('keyframes are asked for as often as the room says, until the publisher stops', async () => {
  await using scene = await RoomScene.open({ fir_freq: 10 });
  const one = await scene.publisher(1);

  await scene.clock.run(25_000);
  const asked = [...one.connection.keyframeRequests];
  await one.ask('configure', { keyframe: true });
  await one.handle.ask('hangup');
  const pending = scene.clock.pending;

  assert.deepEqual(asked, ['1', '1']);
  assert.deepEqual(one.connection.keyframeRequests, ['1', '1', '1']);
  assert.ok(pending <= 4, `${pending} timers`);
});

test('a publisher says what it loses as slow_link, a subscriber what its client loses', async () => {
  await using scene = await RoomScene.open({ bitrate: 128_000 });
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  one.events();
  listener.events();

  one.connection.slowDown('1', true, 5);
  one.connection.slowDown('1', false, 5);
  listener.connection.slowDown('1', false, 5);
  await scene.settle();

  assert.deepEqual(
    one.events().map(({ data }) => data),
    [{ videoroom: 'slow_link', 'current-bitrate': 128_000 }],
  );
  assert.deepEqual(
    listener.events().map(({ data }) => data),
    [{ videoroom: 'slow_link' }],
  );
});

test('ids are unique in a room, and a handle joins once', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.participant(1);
  const two = await scene.guest();
  const join = { room: 7, ptype: 'publisher' };

  const taken = await two.ask('join', { ...join, id: 1 });
  const twice = await one.ask('join', join);
  await one.ask('leave');
  const again = await one.ask('join', join);
  const joined = await two.ask('join', { ...join, id: 1 });

  assert.deepEqual(refused(taken), [436, 'User ID 1 already exists']);
  assert.deepEqual(refused(twice), [425, 'Already in as a publisher on this handle']);
  assert.deepEqual(refused(again), [425, 'Not in a room (create a new handle)']);
  assert.equal(member(joined, 'id'), 1);
});

test('who cannot publish with joinandconfigure has not joined', async () => {
  await using scene = await RoomScene.open({ publishers: 0 });
  const one = await scene.guest();

  const full = await one.publish(['audio'], { room: 7, ptype: 'publisher', id: 1 }, 'joinandconfigure');
  const joined = await one.ask('join', { room: 7, ptype: 'publisher', id: 1 });

  assert.deepEqual(refused(full), [432, 'Maximum number of publishers (0) already reached']);
  assert.equal(member(joined, 'videoroom'), 'joined');
});

test('a renegotiation tells the others anew, and ends what was removed', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1, ['audio', 'video']);
  const two = await scene.participant(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  two.events();
  listener.events();

  const sdp = one.browser.offer(['audio', 'video'], { removed: '1' });
  const [, event] = await one.handle.message({ request: 'configure' }, { type: 'offer', sdp });
  one.browser.accept(String(member(event, 'jsep', 'sdp')));
  await scene.settle();
  one.browser.sendRtp('0', 2);

  const [publishers] = two.events();
  assert.deepEqual(member(publishers?.data, 'publishers', '0', 'streams', '1', 'disabled'), true);
  const [updated] = listener.events();
  assert.deepEqual(
    [member(updated?.data, 'streams', '0', 'active'), member(updated?.data, 'streams', '1', 'active')],
    [true, false],
  );
  assert.equal(listener.browser.received('0').length, 2);
});

test('a kicked participant is told so, and its connection closes', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const two = await scene.participant(2);
  const manager = await scene.guest();
  one.handle.heard();
  two.events();

  const kicked = await manager.ask('kick', { room: 7, id: 1 });
  await scene.settle();

  assert.deepEqual(kicked, { videoroom: 'success' });
  assert.deepEqual(one.handle.heard(), ['event', 'hangup Close PC']);
  assert.deepEqual(
    two.events().map(({ data }) => data),
    [{ videoroom: 'event', room: 7, kicked: 1 }],
  );
});

test('a room that is destroyed ends for everyone in it', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  const manager = await scene.guest();
  one.handle.heard();
  listener.events();

  await manager.ask('destroy', { room: 7 });
  await scene.settle();

  assert.deepEqual(
    listener.events().map(({ data }) => data),
    [{ videoroom: 'destroyed', room: 7 }],
  );
  assert.deepEqual(one.handle.heard(), ['event', 'hangup Close PC']);
  assert.deepEqual([scene.router.size, scene.world.peers.open], [0, 0]);
});

test('a handle tells what it is', async () => {
  await using scene = await RoomScene.open({ bitrate: 128_000 });
  const one = await scene.publisher(1, ['audio']);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }], private_id: 9 });
  const manager = await scene.guest();

  const publisher = query(scene, one);
  const subscriber = query(scene, listener);

  assert.deepEqual(publisher, {
    ...{ type: 'publisher', room: 7, id: 1, private_id: member(publisher, 'private_id'), bitrate: 128_000 },
    streams: [{ type: 'audio', mindex: 0, mid: '0', codec: 'opus', subscribers: 1 }],
    ...{ hangingup: 0, destroyed: 0 },
  });
  assert.deepEqual(
    ['type', 'private_id', 'answered', 'pending_offer', 'paused'].map((name) => member(subscriber, name)),
    ['subscriber', 9, true, false, false],
  );
  assert.deepEqual(query(scene, manager), { type: 'none', hangingup: 0, destroyed: 0 });
});

test('texts, lists and numbers that are too large are refused, and the element is named', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.guest();
  const ask = async (body: object): Promise<unknown> =>
    member(await one.ask('join', { room: 7, ptype: 'publisher', ...body }), 'error');

  assert.equal(
    await ask({ display: 'x'.repeat(1025) }),
    'Invalid value (display should be no longer than 1024)',
  );
  assert.equal(await ask({ id: 2 ** 53 }), 'Invalid value (id should be 9007199254740991 at most)');
  assert.equal(await ask({ id: 'x' }), 'Invalid element type (id should be a positive integer)');
});
