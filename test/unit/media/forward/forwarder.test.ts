import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionUri } from '#janus/media';
import { vp8Payload } from '../../../support/rtp-stream.ts';
import { audio, delta, ForwarderScene, keyframe, opus, withRtx } from '../../../support/forwarder-scene.ts';

test('audio begins at once, video with a keyframe that the publisher is asked for', () => {
  const scene = new ForwarderScene(withRtx);
  const voice = scene.source('voice', opus);
  scene.forwarder.switchTo(voice);
  voice.write(audio(40_000), 0);
  assert.deepEqual(scene.numbers(), [40_000 & 0x7fff]);

  const picture = scene.source('picture');
  scene.forwarder.switchTo(picture);
  picture.write(delta(1), 0);
  picture.write(delta(2), 10);
  assert.equal(scene.asked, 1);
  assert.equal(scene.forwarder.awaited, picture);
  picture.write(keyframe(3), 20);
  assert.equal(scene.forwarder.awaited, undefined);
  assert.deepEqual(scene.numbers(), [(40_000 & 0x7fff) + 1]);
});

test('after a switch numbers follow each other and time goes on by the clock', () => {
  const scene = new ForwarderScene(withRtx);
  const [one, other] = [scene.source('1', opus), scene.source('2', opus)];
  scene.forwarder.switchTo(one);
  one.write(audio(100, { timestamp: 5000 }), 0);
  one.write(audio(101, { timestamp: 5960 }), 20);
  scene.forwarder.switchTo(other);
  other.write(audio(7, { timestamp: 77 }), 30);
  other.write(audio(8, { timestamp: 77 + 960 }), 50);
  one.write(audio(102, { timestamp: 6920 }), 60);

  assert.deepEqual(
    scene.sender.sent.map(({ sequenceNumber, timestamp }) => [sequenceNumber, timestamp]),
    [
      [100, 5000],
      [101, 5960],
      [102, 5960 + 480],
      [103, 5960 + 480 + 960],
    ],
  );
});

test('the old picture flows until the keyframe of the new one, whose picture numbers follow', () => {
  const scene = new ForwarderScene(withRtx);
  const [one, other] = [scene.source('1'), scene.source('2')];
  scene.forwarder.switchTo(one);
  one.write(keyframe(10), 0);
  scene.forwarder.switchTo(other);
  other.write(delta(500), 10);
  one.write(delta(11), 20);
  other.write(keyframe(501, { payload: vp8Payload(0x7ffe, 200, true) }), 30);
  one.write(delta(12), 40);
  other.write(delta(502, { payload: vp8Payload(0x7fff, 201, false) }), 50);

  const sent = scene.sender.sent;
  assert.deepEqual(
    sent.map(({ payload }) => [payload.readUInt16BE(2) & 0x7fff, payload.readUInt8(4)]),
    [
      [10, 1],
      [11, 1],
      [12, 2],
      [13, 3],
    ],
  );
  assert.deepEqual(
    sent.map(({ sequenceNumber }) => sequenceNumber),
    [10, 11, 12, 13],
  );
});

test('switching back before the keyframe changes nothing', () => {
  const scene = new ForwarderScene(withRtx);
  const [one, other] = [scene.source('1'), scene.source('2')];
  scene.forwarder.switchTo(one);
  one.write(keyframe(1), 0);
  scene.forwarder.switchTo(other);
  scene.forwarder.switchTo(one);
  other.write(keyframe(500), 10);
  one.write(delta(2), 20);

  assert.deepEqual(scene.numbers(), [1, 2]);
});

test('a pause sends nothing and leaves no gap; the time that passed stays', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1', opus);
  scene.forwarder.switchTo(source);
  source.write(audio(1, { timestamp: 960 }), 0);
  scene.forwarder.setPaused(true);
  source.write(audio(2, { timestamp: 1920 }), 20);
  source.write(audio(4, { timestamp: 3840 }), 60);
  scene.forwarder.setPaused(false);
  source.write(audio(3, { timestamp: 2880 }), 70);
  source.write(audio(5, { timestamp: 4800 }), 80);

  assert.deepEqual(
    scene.sender.sent.map(({ sequenceNumber, timestamp }) => [sequenceNumber, timestamp]),
    [
      [1, 960],
      [2, 4800],
    ],
  );
});

test('a late keyframe from before a pause is no beginning', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(1), 0);
  source.write(delta(3), 0);
  scene.forwarder.setPaused(true);
  scene.forwarder.setPaused(false);
  source.write(keyframe(2), 10);
  assert.deepEqual(scene.numbers(), [1, 3]);

  source.write(keyframe(5), 20);
  assert.deepEqual(scene.numbers(), [4]);
});

test('a pause during a switch ends with the new source', () => {
  const scene = new ForwarderScene(withRtx);
  const [one, other] = [scene.source('1'), scene.source('2')];
  scene.forwarder.switchTo(one);
  one.write(keyframe(1), 0);
  scene.forwarder.switchTo(other);
  scene.forwarder.setPaused(true);
  scene.forwarder.setPaused(false);
  one.write(keyframe(2), 0);
  other.write(keyframe(90), 0);

  assert.deepEqual(scene.numbers(), [1, 2]);
  assert.equal(scene.forwarder.following, other);
});

test('late packets keep their numbers, duplicates go out once', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1', opus);
  scene.forwarder.switchTo(source);
  for (const number of [5, 7, 6, 7, 6, 4, 8]) source.write(audio(number), 0);

  assert.deepEqual(scene.numbers(), [5, 7, 6, 8]);
});

test('a publisher that begins anew is continued', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1', opus);
  scene.forwarder.switchTo(source);
  source.write(audio(5, { timestamp: 48_000 }), 0);
  source.write(audio(30_000, { timestamp: 0 }), 10);
  source.write(audio(30_001, { timestamp: 960 }), 20);

  assert.deepEqual(
    scene.sender.sent.map(({ sequenceNumber, timestamp }) => [sequenceNumber, timestamp]),
    [
      [5, 48_000],
      [6, 48_960],
    ],
  );
});

test('a picture whose publisher begins anew goes on with a keyframe', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(5), 0);
  for (const number of [30_000, 30_001, 30_002]) source.write(delta(number), 1000);
  assert.equal(scene.forwarder.awaited, source);
  assert.equal(scene.asked, 1);
  assert.deepEqual(scene.numbers(), [5]);

  source.write(keyframe(30_003), 1100);
  source.write(delta(30_004), 1120);
  assert.deepEqual(scene.numbers(), [6, 7]);
});

test('padding goes out as it came', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1', opus);
  scene.forwarder.switchTo(source);
  source.write(audio(1, { payload: [1, 2], padding: 3 }), 0);

  const [packet] = scene.sender.sent;
  assert.deepEqual([...(packet?.payload ?? [])], [1, 2]);
  assert.deepEqual([...(packet?.bytes.subarray(-3) ?? [])], [0, 0, 3]);
});

test('a source with no encoding that the subscriber takes is never asked for keyframes', () => {
  const scene = new ForwarderScene({ ...withRtx, payloadTypes: new Map([['H264', { media: 102 }]]) });
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(delta(1), 0);
  source.write(keyframe(2), 0);

  assert.equal(scene.asked, 0);
  assert.deepEqual(scene.numbers(), []);
});

test('what a later offer changed holds for the next packet', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(1), 0);
  scene.sender.renegotiated({
    ...withRtx,
    payloadTypes: new Map([['VP8', { media: 100 }]]),
    extensions: new Map([[extensionUri.mid, 6]]),
  });
  source.write(delta(2), 0);

  const [, packet] = scene.sender.sent;
  assert.equal(packet?.payloadType, 100);
  assert.equal(packet.extension(2), undefined);
  assert.equal(packet.extension(6)?.toString(), 'a');
});

test('a disposed forwarder sends nothing', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(1), 0);
  scene.forwarder[Symbol.dispose]();
  source.write(keyframe(2), 0);

  assert.deepEqual(scene.numbers(), [1]);
});
