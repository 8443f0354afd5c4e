import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member } from '../../../support/janus-handle.ts';
import { RoomScene } from '../../../support/room-scene.ts';

test('a subscription that cannot be is refused in the words of Janus', async () => {
  await using scene = await RoomScene.open({ require_pvtid: true });
  await scene.publisher(1);
  await scene.participant(2);
  const ask = async (body: object): Promise<unknown> => {
    const guest = await scene.guest();
    const data = await guest.ask('join', { room: 7, ptype: 'subscriber', ...body });
    return [member(data, 'error_code'), member(data, 'error')];
  };

  assert.deepEqual(await ask({}), [429, 'Missing mandatory element (feed)']);
  assert.deepEqual(await ask({ streams: [{ feed: 2 }] }), [428, 'No such feed (2)']);
  assert.deepEqual(await ask({ streams: [{ feed: 1, mid: '9' }] }), [428, "No such mid '9' in feed 1"]);
  assert.deepEqual(await ask({ streams: [{ feed: 1 }], private_id: 5 }), [
    433,
    'Unauthorized (this room requires a valid private_id)',
  ]);
});

test('a subscriber has 64 m-lines at most', async () => {
  await using scene = await RoomScene.open({ publishers: 70 });
  const feeds: { feed: number }[] = [];
  for (let id = 1; id <= 33; id += 1) {
    await scene.publisher(id);
    feeds.push({ feed: id });
  }
  const listener = await scene.guest();

  const refused = await listener.ask('join', { room: 7, ptype: 'subscriber', streams: feeds });
  const taken = await listener.subscribe({ streams: feeds.slice(1) });

  assert.deepEqual(
    [member(refused, 'error_code'), member(refused, 'error')],
    [430, 'Invalid value (streams should be no longer than 64)'],
  );
  assert.equal(member(taken, 'streams', 'length'), 64);
});

test('who leaves hears so before the connection closes', async () => {
  await using scene = await RoomScene.open();
  await scene.publisher(1);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }] });
  listener.handle.heard();

  const told = await listener.handle.message({ request: 'leave' });
  await scene.settle();

  const left = { videoroom: 'event', room: 7, left: 'ok' };
  assert.deepEqual(member(told[1], 'plugindata', 'data'), left);
  assert.deepEqual(listener.handle.heard(), ['ack', 'event', 'hangup Close PC']);
  assert.deepEqual(await listener.ask('start'), {
    videoroom: 'event',
    error_code: 426,
    error: 'No such room',
  });
});

test('nothing is left when all are gone', async () => {
  await using scene = await RoomScene.open({ fir_freq: 5 });
  const one = await scene.publisher(1);
  const two = await scene.publisher(2);
  const listener = await scene.guest();
  await listener.subscribe({ streams: [{ feed: 1 }, { feed: 2 }] });
  for (const guest of [one, two]) guest.browser.sendRtp('1', 3);
  assert.notEqual(scene.router.size, 0);

  await one.handle.ask('hangup');
  await two.handle.ask('detach');
  listener.browser.close();
  await scene.settle();
  await listener.handle.ask('detach');
  await one.handle.ask('detach');

  assert.deepEqual([scene.router.size, scene.world.peers.open], [0, 0]);
});
