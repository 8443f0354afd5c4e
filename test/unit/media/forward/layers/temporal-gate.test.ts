import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemporalGate } from '../../../../../backend-janus/media/forward/layers/temporal-gate.ts';
import { PictureDescriptor } from '../../../../../backend-janus/media/payload/picture-descriptor.ts';

function picture(temporalLayer: number, marks: Partial<PictureDescriptor> = {}): PictureDescriptor {
  return Object.assign(new PictureDescriptor(), { temporalLayer, ...marks });
}

const sync = { isLayerSync: true };
const up = { isSwitchingPoint: true };

test('the limit falls with the next picture and not within one', () => {
  const gate = new TemporalGate(0, 2);
  gate.advance(100, picture(2), false, 2);
  gate.advance(100, picture(2), false, 0);
  assert.equal(gate.passes(100, 2), true);

  gate.advance(200, picture(1), false, 0);
  assert.equal(gate.passes(200, 1), false);
  assert.equal(gate.passes(300, 0), true);
});

test('VP8 rises by one layer where a picture of it needs only the lowest', () => {
  const gate = new TemporalGate(0, 0);
  const limits = [picture(2, sync), picture(1), picture(1, sync), picture(2), picture(2, sync)].map(
    (one, index) => {
      gate.advance(index + 1, one, false, 2);
      return gate.limit;
    },
  );

  assert.deepEqual(limits, [0, 0, 1, 1, 2]);
});

test('VP9 rises at a switching point of a layer that passes', () => {
  const gate = new TemporalGate(0, 0);
  const limits = [picture(2, up), picture(1), picture(0, up)].map((one, index) => {
    gate.advance(index + 1, one, false, 2);
    return gate.limit;
  });

  assert.deepEqual(limits, [0, 0, 2]);
});

test('a keyframe lets pass all that is wanted', () => {
  const gate = new TemporalGate(0, 0);
  gate.advance(1, picture(0), true, 1);

  assert.equal(gate.limit, 1);
});

test('a late packet is judged by what held at its time, also across a wrap', () => {
  const gate = new TemporalGate(0xffff_ff00, 2);
  gate.advance(0xffff_fff0, picture(0), false, 0);
  gate.advance(0x10, picture(0), true, 1);

  const late = [0xffff_ff50, 0xffff_fff0, 0x00, 0x10, 0x20];
  assert.deepEqual(
    late.map((timestamp) => [gate.passes(timestamp, 1), gate.passes(timestamp, 2)]),
    [
      [true, true],
      [false, false],
      [false, false],
      [true, false],
      [true, false],
    ],
  );
});

test('what held before the changes that are remembered lets only the lowest layer pass', () => {
  const gate = new TemporalGate(0, 0);
  for (let at = 1; at <= 4; at += 1) gate.advance(10 * at, picture(0), true, at % 2 === 0 ? 2 : 1);

  assert.deepEqual([gate.passes(5, 2), gate.passes(5, 0), gate.passes(45, 2)], [false, true, true]);
});
