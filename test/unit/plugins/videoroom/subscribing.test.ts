import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import { member } from '../../../support/janus-handle.ts';
import { RoomScene, type Event, type Guest } from '../../../support/room-scene.ts';

/** Sequence numbers of what a client got on an m-line. */
function numbers({ browser }: Guest, mid: string): readonly number[] {
  return browser.received(mid).map(({ sequenceNumber }) => sequenceNumber);
}

function areContinuous(all: readonly number[]): boolean {
  return all.every((number, at) => at === 0 || number === (((all[at - 1] ?? 0) + 1) & 0xffff));
}

/** What an answer or event says of the m-lines: mid, and the feed and mid of what flows there, or none. */
function slots(data: unknown): readonly string[] {
  const streams = member(data, 'streams');
  return (Array.isArray(streams) ? streams : []).map((one: unknown) => {
    const source =
      member(one, 'active') === true
        ? `${String(member(one, 'feed_id'))}/${String(member(one, 'feed_mid'))}`
        : 'none';
    return `${String(member(one, 'mid'))} ${source}`;
  });
}

function lastOffer(events: readonly Event[]): string {
  return String(events.at(-1)?.sdp);
}

test('a subscriber may come before the connection of the publisher is up', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.participant(1);
  const offer = one.browser.offer(['audio']);
  const [, event] = await one.handle.message({ request: 'publish' }, { type: 'offer', sdp: offer });
  const listener = await scene.guest();

  const attached = await listener.subscribe({ streams: [{ feed: 1, mid: '0' }] });
  one.browser.accept(String(member(event, 'jsep', 'sdp')));
  await scene.settle();
  one.browser.sendRtp('0', 2);

  assert.deepEqual(slots(attached), ['0 1/0']);
  assert.equal(listener.browser.received('0').length, 2);
});

test('the offer has the m-lines that were asked for, sendonly, in the codec of the publisher', async () => {
  await using scene = await RoomScene.open({ videocodec: 'h264' });
  await scene.publisher(1, ['audio', 'video', 'data']);
  const listener = await scene.guest();

  const told = await listener.handle.message({
    ...{ request: 'join', room: 7, ptype: 'subscriber' },
    streams: [
      { feed: 1, mid: '1' },
      { feed: 1, mid: '2' },
    ],
  });

  const { media } = parseSdp(String(member(told.at(-1), 'jsep', 'sdp')));
  assert.deepEqual(
    media.map(({ kind, direction, codecs }) => [kind, direction, codecs[0]?.name]),
    [
      ['video', 'sendonly', 'H264'],
      ['data', 'sendrecv', undefined],
    ],
  );
});

test('a switch needs no negotiation: the old picture flows until the keyframe of the new publisher', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const two = await scene.publisher(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1, mid: '1' }] });
  one.browser.sendRtp('1', 2);
  two.browser.sendRtp('1');
  await scene.clock.run(1000);
  const made = scene.world.peers.made.length;
  two.connection.keyframeRequests.length = 0;

  const switched = await listener.ask('switch', { streams: [{ feed: 2, mid: '1', sub_mid: '0' }] });
  const requests = [...two.connection.keyframeRequests];
  one.browser.sendRtp('1');
  const before = numbers(listener, '0').length;
  two.browser.sendRtp('1', 2);
  one.browser.sendRtp('1', 5);

  assert.deepEqual(
    [member(switched, 'switched'), member(switched, 'changes'), slots(switched)],
    ['ok', 1, ['0 2/1']],
  );
  assert.deepEqual(requests, ['1']);
  assert.deepEqual([before, numbers(listener, '0').length], [3, 5]);
  assert.ok(areContinuous(numbers(listener, '0')));
  assert.equal(scene.world.peers.made.length, made);
});

test('the switch of older clients moves everything to the other feed', async () => {
  await using scene = await RoomScene.open();
  await scene.publisher(1);
  await scene.publisher(2);
  const listener = await scene.guest();

  const attached = await listener.subscribe({ feed: 1 });
  const switched = await listener.ask('switch', { feed: 2 });

  assert.deepEqual([member(attached, 'id'), member(attached, 'warning')], [1, 'deprecated_api']);
  assert.deepEqual([member(switched, 'changes'), slots(switched)], [2, ['0 2/0', '1 2/1']]);
});

test('a stream of another codec is not switched to', async () => {
  await using scene = await RoomScene.open({ videocodec: 'vp8,h264' });
  await scene.publisher(1);
  const two = await scene.participant(2);
  await two.publish(['audio', 'video'], { videocodec: 'h264' });
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1, mid: '1' }] });

  const switched = await listener.ask('switch', { streams: [{ feed: 2, mid: '1', sub_mid: '0' }] });

  assert.deepEqual([member(switched, 'changes'), slots(switched)], [0, ['0 1/1']]);
});

test('what a publisher mutes is not forwarded; unmuted, it begins with a keyframe and without a gap', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  one.browser.sendRtp('1', 2);
  await scene.clock.run(1000);

  await one.ask('configure', { video: false });
  one.browser.sendRtp('1', 3);
  const muted = numbers(listener, '1').length;
  one.connection.keyframeRequests.length = 0;
  await one.ask('configure', { streams: [{ mid: '1', send: true }] });
  const requests = [...one.connection.keyframeRequests];
  one.browser.sendRtp('1', 2);

  assert.deepEqual([muted, numbers(listener, '1').length], [2, 4]);
  assert.deepEqual(requests, ['1']);
  assert.ok(areContinuous(numbers(listener, '1')));
});

test('a moderator mutes a stream whatever its publisher wants, and all hear of it', async () => {
  await using scene = await RoomScene.open({ secret: 's' });
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1, mid: '0' }] });
  const manager = await scene.guest();
  one.events();

  const told = await manager.ask('moderate', { room: 7, secret: 's', id: 1, mid: '0', mute: true });
  await one.ask('configure', { audio: true });
  one.browser.sendRtp('0', 2);

  assert.deepEqual(told, { videoroom: 'success' });
  assert.deepEqual(one.events()[0]?.data, {
    videoroom: 'event',
    room: 7,
    id: 1,
    mid: '0',
    moderation: 'muted',
  });
  assert.equal(numbers(listener, '0').length, 0);
});

test('a subscriber pauses everything, or one stream, and goes on', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  const count = (): readonly number[] => {
    one.browser.sendRtp('0');
    one.browser.sendRtp('1');
    return [numbers(listener, '0').length, numbers(listener, '1').length];
  };

  assert.deepEqual(count(), [1, 1]);
  assert.deepEqual(await listener.ask('pause'), { videoroom: 'event', room: 7, paused: 'ok' });
  assert.deepEqual(count(), [1, 1]);
  assert.deepEqual(await listener.ask('start'), { videoroom: 'event', room: 7, started: 'ok' });
  assert.deepEqual(count(), [2, 2]);
  await listener.ask('configure', { streams: [{ mid: '1', send: false }] });
  assert.deepEqual(count(), [3, 2]);
  await listener.ask('configure', { mid: '1', send: true });
  assert.deepEqual(count(), [4, 3]);
});

test('when a publisher is gone its m-lines become inactive, and serve the next stream of their kind', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const two = await scene.publisher(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  one.browser.sendRtp('1', 2);
  listener.events();

  await one.ask('unpublish');
  await scene.settle();
  const gone = listener.events();
  await listener.start(lastOffer(gone));
  const updated = await listener.follow('subscribe', { streams: [{ feed: 2, mid: '1' }] });
  two.browser.sendRtp('1', 2);

  assert.deepEqual(
    gone.map(({ data }) => [member(data, 'videoroom'), slots(data)]),
    [['updated', ['0 none', '1 none']]],
  );
  assert.deepEqual(slots(updated), ['0 none', '1 2/1']);
  assert.equal(numbers(listener, '1').length, 4);
  assert.ok(areContinuous(numbers(listener, '1')));
});

test('nothing of the stream before comes on an m-line that has another', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  await scene.publisher(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1, mid: '1' }] });
  one.browser.sendRtp('1');

  await listener.follow('unsubscribe', { streams: [{ feed: 1 }] });
  await listener.follow('subscribe', { streams: [{ feed: 2, mid: '1' }] });
  one.browser.sendRtp('1', 3);

  assert.equal(numbers(listener, '0').length, 1);
});

test('without autoupdate no offer comes when a stream ends', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }], autoupdate: false });
  listener.events();

  await one.ask('leave');
  await scene.settle();

  assert.deepEqual(listener.events(), []);
});

test('a change while an offer waits for its answer is offered afterwards', async () => {
  await using scene = await RoomScene.open();
  await scene.publisher(1);
  await scene.publisher(2);
  const listener = await scene.guest();
  const body = { room: 7, ptype: 'subscriber', streams: [{ feed: 1, mid: '0' }] };
  const told = await listener.handle.message({ request: 'join', ...body });

  const updating = await listener.ask('subscribe', { streams: [{ feed: 2, mid: '0' }] });
  listener.events();
  await listener.start(String(member(told.at(-1), 'jsep', 'sdp')));
  await scene.settle();
  const events = listener.events().filter(({ sdp }) => sdp !== undefined);

  assert.deepEqual(updating, { videoroom: 'updating', room: 7 });
  assert.deepEqual(
    events.map(({ data }) => slots(data)),
    [['0 1/0', '1 2/0']],
  );
});

test('an update takes streams out before it adds others, and tells nothing if nothing changes', async () => {
  await using scene = await RoomScene.open();
  await scene.publisher(1);
  await scene.publisher(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });

  const updated = await listener.follow('update', {
    unsubscribe: [{ sub_mid: '0' }],
    subscribe: [{ feed: 2, mid: '0' }],
  });
  const same = await listener.follow('subscribe', { streams: [{ feed: 2, mid: '0' }] });

  assert.deepEqual(slots(updated), ['0 2/0', '1 1/1']);
  assert.deepEqual(same, { videoroom: 'updated', room: 7 });
});

test('a restart is an offer with new ICE credentials', async () => {
  await using scene = await RoomScene.open();
  await scene.publisher(1);
  const listener = await scene.guest();
  const body = { room: 7, ptype: 'subscriber', streams: [{ feed: 1, mid: '0' }] };
  const told = await listener.handle.message({ request: 'join', ...body });
  const first = String(member(told.at(-1), 'jsep', 'sdp'));
  await listener.start(first);

  const [, event] = await listener.handle.message({ request: 'configure', restart: true });

  assert.equal(member(event, 'plugindata', 'data', 'configured'), 'ok');
  const ufrag = (sdp: string): string | undefined => parseSdp(sdp).media[0]?.iceUfrag;
  assert.notEqual(ufrag(String(member(event, 'jsep', 'sdp'))), ufrag(first));
});

test('messages of a publisher reach the subscribers that have data, under the same label', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1, ['audio', 'data']);
  const listener = await scene.guest();
  listener.browser.openChannel('chat');
  const attached = await listener.subscribe({ streams: [{ feed: 1 }] });

  one.browser.sendData('chat', 'hello');
  await one.ask('configure', { data: false });
  one.browser.sendData('chat', 'unheard');

  assert.deepEqual(member(attached, 'streams', '1'), {
    ...{ type: 'data', active: true, mindex: 1, mid: '1', ready: false, send: true },
    ...{ sources: 1, source_ids: [1] },
  });
  assert.deepEqual(listener.browser.dataReceived, ['hello']);
});

test('channels of a publisher are opened to its subscribers, and closed when nobody speaks on them', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1, ['audio', 'data']);
  const two = await scene.publisher(2, ['audio', 'data']);
  one.browser.openChannel('chat');
  two.browser.openChannel('chat');
  two.browser.openChannel('own');
  const listener = await scene.guest();
  listener.browser.openChannel('own');
  const opened = (): string[] => [...listener.browser.channelsReceived.keys()];

  await listener.subscribe({ streams: [{ feed: 1 }, { feed: 2 }] });
  const atOnce = opened();
  two.browser.openChannel('later', { isOrdered: false });
  const later = listener.browser.channelsReceived.get('later');
  one.browser.closeChannel('chat');
  const stillUsed = opened();
  two.browser.closeChannel('chat');
  two.browser.closeChannel('own');

  assert.deepEqual(atOnce, ['chat']);
  assert.deepEqual(later, { isOrdered: false });
  assert.deepEqual(stillUsed, ['chat', 'later']);
  assert.deepEqual(opened(), ['later']);
  assert.equal(listener.browser.openChannels.has('own'), true);
});
