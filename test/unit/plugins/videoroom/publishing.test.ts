import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomScene } from '../../../support/room-scene.ts';

test('others hear of a publisher once its connection is up', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.participant(1, { display: 'one' });
  const two = await scene.participant(2);
  two.events();

  const configured = await one.publish(['audio', 'video', 'data'], {
    descriptions: [{ mid: '1', description: 'my cam' }],
  });

  const streams = [
    { type: 'audio', mindex: 0, mid: '0', codec: 'opus', fec: true },
    { type: 'video', mindex: 1, mid: '1', description: 'my cam', codec: 'vp8' },
    { type: 'data', mindex: 2, mid: '2' },
  ];
  const codecs = { audio_codec: 'opus', video_codec: 'vp8' };
  assert.deepEqual(configured, { videoroom: 'event', room: 7, configured: 'ok', ...codecs, streams });
  const publishers = [{ id: 1, display: 'one', ...codecs, streams }];
  assert.deepEqual(two.events(), [{ data: { videoroom: 'event', room: 7, publishers }, sdp: undefined }]);
});

test('a subscriber gets what is published, from the publisher it names', async () => {
  await using scene = await RoomScene.open();
  const one = await scene.publisher(1);
  const listener = await scene.guest();

  await listener.subscribe({ streams: [{ feed: 1 }] });
  one.browser.sendRtp('0', 3);
  one.browser.sendRtp('1', 2);

  assert.deepEqual([listener.browser.received('0').length, listener.browser.received('1').length], [3, 2]);
});
