import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PictureDescriptor } from '../../../../backend-janus/media/payload/picture-descriptor.ts';
import { readVp9Descriptor } from '../../../../backend-janus/media/payload/vp9-descriptor.ts';

function read(...payload: readonly number[]): PictureDescriptor | undefined {
  const picture = new PictureDescriptor();
  return readVp9Descriptor(picture, Buffer.from(payload), 0, payload.length) ? picture : undefined;
}

function fields(...payload: readonly number[]): readonly unknown[] {
  const picture = read(...payload);
  assert.ok(picture !== undefined);
  const { pictureId, tl0PicIdx, temporalLayer, isSwitchingPoint, beginsFrame } = picture;
  return [pictureId, tl0PicIdx, temporalLayer, isSwitchingPoint, beginsFrame];
}

test('the fields of a descriptor are read as far as it has them', () => {
  assert.deepEqual(fields(0xa8, 0x92, 0x34, 0x50, 0x07), [0x1234, 7, 2, true, true]);
  assert.deepEqual(fields(0xa0, 0x12, 0x20, 0x08), [0x12, 8, 1, false, false]);
  assert.deepEqual(fields(0xb8, 0x92, 0x34, 0x40), [0x1234, -1, 2, false, true]);
  assert.deepEqual(fields(0x88, 0x12), [0x12, -1, -1, false, true]);
  assert.deepEqual(fields(0x08), [-1, -1, -1, false, true]);
});

test('a frame of a higher spatial layer begins no picture', () => {
  assert.deepEqual(fields(0xa8, 0x12, 0x22, 0x08), [0x12, 8, 1, false, false]);
});

test('a descriptor that is cut off is refused', () => {
  const full = [0xa8, 0x92, 0x34, 0x50, 0x07];

  for (let length = 0; length < full.length; length += 1) {
    assert.equal(read(...full.slice(0, length)), undefined, `at ${length} bytes`);
  }
});

test('picture id and layer index are written in their places; what follows is not copied', () => {
  const payload = [0xa8, 0x92, 0x34, 0x50, 0x07, 0xff];
  const head = Buffer.alloc(8);

  const bytes = read(...payload)?.rewrite(head, 1, Buffer.from(payload), 0, 0x7fff + 3, 0x101);

  assert.equal(bytes, 5);
  assert.deepEqual([...head.subarray(1, 6)], [0xa8, 0x80, 0x02, 0x50, 0x01]);
});
