import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PictureDescriptor } from '../../../../backend-janus/media/payload/picture-descriptor.ts';
import { readVp8Descriptor } from '../../../../backend-janus/media/payload/vp8-descriptor.ts';

function read(...payload: readonly number[]): PictureDescriptor | undefined {
  const picture = new PictureDescriptor();
  return readVp8Descriptor(picture, Buffer.from(payload), 0, payload.length) ? picture : undefined;
}

function fields(...payload: readonly number[]): object {
  const picture = read(...payload);
  assert.ok(picture !== undefined);
  const { length, pictureId, tl0PicIdx, temporalLayer, isLayerSync, beginsFrame } = picture;
  return { length, pictureId, tl0PicIdx, temporalLayer, isLayerSync, beginsFrame };
}

function rewritten(payload: readonly number[], pictureId: number, tl0PicIdx: number): readonly number[] {
  const picture = read(...payload);
  const head = Buffer.alloc(16);
  const bytes = picture?.rewrite(head, 4, Buffer.from(payload), 0, pictureId, tl0PicIdx) ?? 0;
  return [...head.subarray(4, 4 + bytes)];
}

test('the fields of a descriptor are read as far as it has them', () => {
  const nothing = { pictureId: -1, tl0PicIdx: -1, temporalLayer: -1, isLayerSync: false };

  assert.deepEqual(fields(0x90, 0xf0, 0x92, 0x34, 0x56, 0xa0, 0x00), {
    length: 6,
    pictureId: 0x1234,
    tl0PicIdx: 0x56,
    temporalLayer: 2,
    isLayerSync: true,
    beginsFrame: true,
  });
  assert.deepEqual(fields(0x80, 0x80, 0x12, 0x00), {
    ...nothing,
    length: 3,
    pictureId: 0x12,
    beginsFrame: false,
  });
  assert.deepEqual(fields(0x90, 0x10, 0x01, 0x00), { ...nothing, length: 3, beginsFrame: true });
  assert.deepEqual(fields(0x10, 0x00), { ...nothing, length: 1, beginsFrame: true });
});

test('a descriptor that is cut off is refused', () => {
  const full = [0x90, 0xf0, 0x92, 0x34, 0x56, 0x80];

  for (let length = 0; length < full.length; length += 1) {
    assert.equal(read(...full.slice(0, length)), undefined, `at ${length} bytes`);
  }
});

test('picture id and layer index are written in the width that they have', () => {
  assert.deepEqual(
    rewritten([0x90, 0xe0, 0x80, 0x01, 0x02, 0x00], 0x8123, 0x1ff),
    [0x90, 0xe0, 0x81, 0x23, 0xff, 0x00],
  );
  assert.deepEqual(rewritten([0x90, 0xe0, 0x01, 0x02, 0x00], 0x81, 3), [0x90, 0xe0, 0x01, 0x03, 0x00]);
  assert.deepEqual(rewritten([0x90, 0x40, 0x02], 7, 3), [0x90, 0x40, 0x03]);
  assert.deepEqual(rewritten([0x10], 7, 3), [0x10]);
});
