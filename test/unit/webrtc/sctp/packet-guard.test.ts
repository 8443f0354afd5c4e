import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSoundSctp } from '../../../../backend-janus/webrtc/sctp/packet-guard.ts';

/** A packet of chunks, each `[type, value]`, or `[type, value, length]` to lie about the length. */
function packet(...chunks: readonly (readonly [number, Buffer, number?])[]): Buffer {
  const parts = chunks.map(([type, value, length = value.length + 4]) => {
    const chunk = Buffer.alloc((value.length + 4 + 3) & ~3);
    chunk.writeUInt8(type, 0);
    chunk.writeUInt16BE(length, 2);
    value.copy(chunk, 4);
    return chunk;
  });
  return Buffer.concat([Buffer.alloc(12), ...parts]);
}

function dataOn(stream: number): Buffer {
  const value = Buffer.alloc(12 + 5);
  value.writeUInt16BE(stream, 4);
  return value;
}

function sack(gaps: readonly (readonly [number, number])[], duplicates = 0): Buffer {
  const value = Buffer.alloc(12 + 4 * (gaps.length + duplicates));
  value.writeUInt16BE(gaps.length, 8);
  value.writeUInt16BE(duplicates, 10);
  for (const [index, [start, end]] of gaps.entries()) {
    value.writeUInt16BE(start, 12 + 4 * index);
    value.writeUInt16BE(end, 14 + 4 * index);
  }
  return value;
}

function parameter(type: number, length: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeUInt16BE(type, 0);
  value.writeUInt16BE(length, 2);
  return value;
}

test('what browsers send passes', () => {
  assert.equal(isSoundSctp(packet([0, dataOn(1)])), true);
  assert.equal(isSoundSctp(packet([3, sack([[2, 5]], 1)], [0, dataOn(1)], [0, dataOn(1023)])), true);
  assert.equal(isSoundSctp(packet([1, Buffer.concat([Buffer.alloc(16), parameter(0xc000, 8)])])), true);
  assert.equal(isSoundSctp(packet([11, Buffer.alloc(0)])), true);
  assert.equal(isSoundSctp(packet([4, parameter(1, 8)])), true);
});

test('a chunk or a parameter whose length is no length is refused', () => {
  assert.equal(isSoundSctp(packet([11, Buffer.alloc(0), 0])), false);
  assert.equal(isSoundSctp(packet([11, Buffer.alloc(0), 3])), false);
  assert.equal(isSoundSctp(packet([11, Buffer.alloc(0), 5])), false);
  assert.equal(isSoundSctp(packet([4, parameter(1, 0)])), false);
  assert.equal(isSoundSctp(packet([4, parameter(1, 9)])), false);
});

test('a chunk that is too short for its type, or of a type we do not know, is refused', () => {
  assert.equal(isSoundSctp(packet([0, Buffer.alloc(12)])), false);
  assert.equal(isSoundSctp(packet([1, Buffer.alloc(15)])), false);
  assert.equal(isSoundSctp(packet([63, Buffer.alloc(8)])), false);
});

test('a report of more packets than a window holds is refused, and one whose counts do not fit', () => {
  assert.equal(isSoundSctp(packet([3, sack([[1, 8192]])])), true);
  assert.equal(isSoundSctp(packet([3, sack([[1, 8193]])])), false);
  assert.equal(isSoundSctp(packet([3, sack([[1, 5000], [6000, 11_000]])])), false); // prettier-ignore
  assert.equal(isSoundSctp(packet([3, sack([[5, 4]])])), false);
  const short = sack([[1, 2]]);
  short.writeUInt16BE(2, 8);
  assert.equal(isSoundSctp(packet([3, short])), false);
});

test('data on a stream that no browser uses is refused', () => {
  assert.equal(isSoundSctp(packet([0, dataOn(1024)])), false);
});

test('more than 64 chunks are refused', () => {
  const many = Array.from({ length: 65 }, () => [0, dataOn(1)] as const);

  assert.equal(isSoundSctp(packet(...many.slice(1))), true);
  assert.equal(isSoundSctp(packet(...many)), false);
});

test('of each kind of chunk but user data a packet has two at most', () => {
  for (const [type, value] of [
    [4, Buffer.alloc(0)],
    [192, Buffer.alloc(4)],
    [130, Buffer.alloc(0)],
    [3, sack([])],
  ] as const) {
    assert.equal(isSoundSctp(packet([type, value], [0, dataOn(1)], [type, value])), true);
    assert.equal(isSoundSctp(packet([type, value], [0, dataOn(1)], [type, value], [type, value])), false);
  }
});

test('no truncation and no changed byte makes the guard throw', () => {
  const whole = packet([3, sack([[2, 5]], 1)], [0, dataOn(1)], [4, parameter(1, 8)]);
  for (let bytes = 0; bytes < whole.length; bytes += 1) isSoundSctp(whole.subarray(0, bytes));
  for (let at = 0; at < whole.length; at += 1) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(value, at);
      isSoundSctp(changed);
    }
  }
  assert.equal(isSoundSctp(whole.subarray(0, 15)), false);
});
