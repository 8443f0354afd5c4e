import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader } from '../../../../backend-janus/webrtc/ice-tcp/frame-reader.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { framed } from '../../../support/virtual-streams.ts';

const random = new SeededRandom();
const datagrams = [1, 2, 3, 100, 1499, 1500, 1, 700].map((size) => Buffer.from(random.bytes(size)));
const stream = Buffer.concat(datagrams.map(framed));

/** What a reader makes of a stream that comes in pieces of `size` bytes. */
function readIn(size: number): Buffer[] {
  const reader = new FrameReader();
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length; at += size) {
    const isFine = reader.push(Buffer.from(stream.subarray(at, at + size)), (frame) => {
      frames.push(Buffer.from(frame));
      return true;
    });
    assert.equal(isFine, true);
  }
  return frames;
}

test('frames come out as they went in, in pieces of whatever size', () => {
  for (const size of [1, 2, 3, 5, 101, 1400, 1502, 1503, stream.length]) {
    assert.deepEqual(readIn(size), datagrams, `${size}`);
  }
});

test('a frame that is larger than a datagram ends the stream, before it is read', () => {
  for (const pieces of [['05dd'], ['05', 'dd'], ['ffff'], ['0001', '00ffff']]) {
    const reader = new FrameReader();
    const results = pieces.map((piece) => reader.push(Buffer.from(piece, 'hex'), () => true));
    assert.equal(results.at(-1), false, pieces.join(' '));
  }
});

test('a frame of no bytes is skipped', () => {
  const reader = new FrameReader();
  const frames: string[] = [];
  const take = (frame: Buffer): boolean => frames.push(frame.toString('hex')) > 0;

  assert.equal(reader.push(Buffer.from('00000000000107', 'hex'), take), true);
  assert.equal(reader.push(Buffer.from('00', 'hex'), take), true);
  assert.equal(reader.push(Buffer.from('000001', 'hex'), take), true);
  assert.equal(reader.push(Buffer.from('08', 'hex'), take), true);

  assert.deepEqual(frames, ['07', '08']);
});

test('who takes frames can end the stream', () => {
  const reader = new FrameReader();
  let taken = 0;

  assert.equal(
    reader.push(stream, () => (taken += 1) < 3),
    false,
  );
  assert.equal(taken, 3);
});
