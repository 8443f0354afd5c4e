import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionUri } from '#janus/media';
import { delta, ForwarderScene, keyframe, plain, withRtx } from '../../../support/forwarder-scene.ts';

test('retransmissions have numbers of their own and the media of the lost packet, after its back-off', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(20, { timestamp: 90 }), 0);
  source.write(delta(21, { timestamp: 180, marker: true }), 0);
  const [first, second] = scene.sender.take();

  scene.forwarder.retransmit([20, 21, 22, 19], 5);
  scene.forwarder.retransmit([20, 21], 44);
  scene.forwarder.retransmit([21], 45);

  const again = scene.sender.take();
  assert.deepEqual(
    again.map(({ ssrc, payloadType, sequenceNumber, timestamp, marker }) => [
      ssrc,
      payloadType,
      sequenceNumber,
      timestamp,
      marker,
    ]),
    [
      [10, 121, 1, 90, false],
      [10, 121, 2, 180, true],
      [10, 121, 3, 180, true],
    ],
  );
  assert.deepEqual(
    again.map(({ payload }) => payload.readUInt16BE(0)),
    [20, 21, 21],
  );
  assert.deepEqual(again[0]?.payload.subarray(2), first?.payload);
  assert.deepEqual(again[1]?.payload.subarray(2), second?.payload);
});

test('packets of the source before a switch are sent again with its offsets', () => {
  const scene = new ForwarderScene(withRtx);
  const [one, other] = [scene.source('1'), scene.source('2')];
  scene.forwarder.switchTo(one);
  one.write(keyframe(20), 0);
  scene.forwarder.switchTo(other);
  other.write(keyframe(700, { timestamp: 4 }), 10);
  const sent = scene.sender.take();

  scene.forwarder.retransmit([20, 21], 20);

  const again = scene.sender.take();
  assert.deepEqual(
    again.map(({ payload, timestamp }) => [[...payload.subarray(2)], timestamp]),
    sent.map(({ payload, timestamp }) => [[...payload], timestamp]),
  );
});

test('after a keyframe that came late the packets that passed before it can be asked for', () => {
  const scene = new ForwarderScene(withRtx);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(delta(6), 0);
  source.write(delta(7), 0);
  source.write(keyframe(5), 10);
  source.write(delta(8), 20);
  assert.deepEqual(scene.numbers(), [5, 8]);

  scene.forwarder.retransmit([6, 7], 30);

  assert.deepEqual(
    scene.sender.take().map(({ payload }) => payload.readUInt16BE(0)),
    [6, 7],
  );
});

test('without RTX a copy is the same to the bit', () => {
  const scene = new ForwarderScene(plain);
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(20, { extensions: { 3: [1] } }), 1000);
  const [first] = scene.sender.take();

  scene.forwarder.retransmit([20], 1100);

  const [again, ...others] = scene.sender.take();
  assert.deepEqual(again?.bytes, first?.bytes);
  assert.equal(others.length, 0);
});

test('without RTX nothing is repeated under transport-wide numbers, which would make the copy another packet', () => {
  const scene = new ForwarderScene({ ...plain, extensions: new Map([[extensionUri.transportWide, 5]]) });
  const source = scene.source('1');
  scene.forwarder.switchTo(source);
  source.write(keyframe(20), 0);
  scene.sender.take();

  scene.forwarder.retransmit([20], 10);

  assert.deepEqual(scene.numbers(), []);
});
