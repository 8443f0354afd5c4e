import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Vp8DescriptorReader,
  writeVp8Descriptor,
} from '../../../../backend-janus/media/payload/vp8-descriptor.ts';

function read(...payload: readonly number[]): Vp8DescriptorReader | undefined {
  const reader = new Vp8DescriptorReader();
  return reader.read(Buffer.from(payload), 0, payload.length) ? reader : undefined;
}

function rewritten(payload: readonly number[], pictureId: number, tl0PicIdx: number): readonly number[] {
  const reader = new Vp8DescriptorReader();
  reader.read(Buffer.from(payload), 0, payload.length);
  const head = Buffer.alloc(16);
  const bytes = writeVp8Descriptor(head, 4, Buffer.from(payload), 0, reader, pictureId, tl0PicIdx);
  return [...head.subarray(4, 4 + bytes)];
}

test('the fields of a descriptor are read as far as it has them', () => {
  const full = read(0x90, 0xf0, 0x92, 0x34, 0x56, 0x80, 0x00);
  assert.deepEqual(
    [full?.length, full?.pictureId, full?.tl0PicIdx, full?.temporalLayer, full?.beginsFrame],
    [6, 0x1234, 0x56, 2, true],
  );

  const short = read(0x80, 0x80, 0x12, 0x00);
  assert.deepEqual(
    [short?.length, short?.pictureId, short?.tl0PicIdx, short?.temporalLayer, short?.beginsFrame],
    [3, 0x12, undefined, undefined, false],
  );

  const keyIndexAlone = read(0x90, 0x10, 0x01, 0x00);
  assert.deepEqual([keyIndexAlone?.length, keyIndexAlone?.temporalLayer], [3, undefined]);
  assert.deepEqual([read(0x10, 0x00)?.length, read(0x10, 0x00)?.pictureId], [1, undefined]);
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
