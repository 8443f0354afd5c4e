import type { Random } from '#services/kernel';

const mostBytes = 1500;

/** Values at the edges of what fields mean. */
const edges = [0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 63, 64, 127, 128, 191, 192, 254, 255];

/** One number below `end`. */
export function below(random: Random, end: number): number {
  return end <= 0 ? 0 : random.uint32() % end;
}

/** One of a list that is not empty. */
export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}

/** Changes a copy of `bytes` in one to four ways; never empty and never above 1,500 bytes. */
export function mutated(random: Random, bytes: Buffer): Buffer {
  let copy: Buffer = Buffer.from(bytes);
  for (let count = 1 + below(random, 4); count > 0 && copy.length > 0; count -= 1)
    copy = oneOf(random, ways)(random, copy);
  return copy.length === 0 ? Buffer.from(bytes.subarray(0, 1)) : copy.subarray(0, mostBytes);
}

type Way = (random: Random, bytes: Buffer) => Buffer;

const ways: readonly Way[] = [flipBit, setByte, setByte, setWord, setWord, cut, grow, repeat, drop, zero];

function flipBit(random: Random, bytes: Buffer): Buffer {
  const at = below(random, bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
  return bytes;
}

function setByte(random: Random, bytes: Buffer): Buffer {
  const at = below(random, bytes.length);
  return bytes.fill(oneOf(random, edges), at, at + 1);
}

/** Any 16 bits may be a length: too small, a little off, far too large. */
function setWord(random: Random, bytes: Buffer): Buffer {
  if (bytes.length < 2) return bytes;
  const at = below(random, bytes.length - 1);
  const wrong = [
    0,
    1,
    0xffff,
    0x7fff,
    0x8000,
    bytes.length,
    bytes.readUInt16BE(at) + 1,
    bytes.readUInt16BE(at) - 1,
  ];
  bytes.writeUInt16BE(oneOf(random, wrong) & 0xffff, at);
  return bytes;
}

function cut(random: Random, bytes: Buffer): Buffer {
  return bytes.subarray(0, below(random, bytes.length + 1));
}

function grow(random: Random, bytes: Buffer): Buffer {
  return Buffer.concat([bytes, random.bytes(1 + below(random, 200))]);
}

function repeat(random: Random, bytes: Buffer): Buffer {
  const start = below(random, bytes.length);
  const part = bytes.subarray(start, start + 1 + below(random, 64));
  return Buffer.concat([bytes.subarray(0, start), part, part, bytes.subarray(start)]);
}

function drop(random: Random, bytes: Buffer): Buffer {
  const start = below(random, bytes.length);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + below(random, 16))]);
}

function zero(random: Random, bytes: Buffer): Buffer {
  const start = below(random, bytes.length);
  bytes.subarray(start, start + 1 + below(random, 16)).fill(0);
  return bytes;
}
